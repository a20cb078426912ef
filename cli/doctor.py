"""`hydrodiag doctor`: is this deployment well, and what is to be mended?"""

import asyncio
from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.checkups import Finding, State, examine
from cli.context import command_settings
from core.clock import utc_now

_MARKS = {State.OK: "[green]✓[/green]", State.WARNING: "[yellow]![/yellow]", State.FAULT: "[red]✗[/red]"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False) -> None:
    """Check a deployment, change nothing, and say what to mend; the exit code is 1 where something must be."""
    findings = asyncio.run(examine(command_settings(), utc_now))
    if as_json:
        typer.echo(orjson.dumps([asdict(finding) for finding in findings]).decode())
    else:
        Console(highlight=False).print(_table(findings))
    if any(finding.state is State.FAULT for finding in findings):
        raise typer.Exit(1)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        said = escape(finding.said) + (f"\n[bold]→ {escape(finding.mend)}[/bold]" if finding.mend else "")
        table.add_row(_MARKS[finding.state], finding.part, said)
    return table
