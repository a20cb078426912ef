"""`hydrodiag readings`: files in, and the quarantine."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from cli.context import command_settings, open_container
from cli.numbers import BIGGEST
from cli.steps import step
from core.diagnostics.ingest.intake import Receipt
from core.diagnostics.ingest.quarantine import Group
from core.diagnostics.ingest.sources import SourceRegister
from core.users.rights import OPERATOR

app = typer.Typer(help="Readings: import files, look after the quarantine.", no_args_is_help=True)
sources = typer.Typer(help="Who may send readings over HTTP.", no_args_is_help=True)
app.add_typer(sources, name="source")
_out = Console(highlight=False, soft_wrap=True)
_EXAMPLE = 100
Number = Annotated[int, typer.Argument(min=1, max=BIGGEST, help="Number of the group, as `quarantine` shows it.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".csv, .jsonl (also .gz) or .parquet.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would happen; write nothing.")] = False,
    time_zone: Annotated[str, typer.Option(help="IANA zone of times without an offset; else they are refused.")] = "",
) -> None:
    """Take a file of readings in: columns sensor (machine/sensor), time, value; machine, unit, quality if there."""
    try:
        zone = ZoneInfo(time_zone) if time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(f"{time_zone!r} is no IANA time zone", param_hint="--time-zone") from None

    async def work() -> Receipt:
        async with open_container(command_settings()) as container:
            with step("Checking" if dry_run else "Importing") as current:
                return await container.imports.run(
                    OPERATOR,
                    file,
                    dry_run=dry_run,
                    zone=zone,
                    tell=lambda done, so_far: current.update(f"{done:.0%}, {so_far.accepted:,} readings"),
                )

    for line in receipt_lines(asyncio.run(work()), dry_run=dry_run):
        _out.print(line, markup=False)


@app.command()
def quarantine() -> None:
    """Show the readings that could not be trusted, by reason."""

    async def work() -> list[Group]:
        async with open_container(command_settings()) as container:
            return list(await container.quarantine.groups(OPERATOR, limit=100))

    groups = asyncio.run(work())
    if not groups:
        _out.print("The quarantine is empty.")
        return
    table = Table("number", "reason", "sensor", "unit", "readings", "last received", "example")
    for group in groups:
        cells = (group.number, group.reason, group.sensor or "-", group.unit or "-", f"{group.count:,}")
        table.add_row(*map(str, cells), f"{group.last:%Y-%m-%d %H:%M} UTC", _shown(group.example))
    _out.print(table)


@app.command("map-sensor")
def map_sensor(name: str, sensor: Annotated[str, typer.Argument(help="machine/sensor, as we know it.")]) -> None:
    """Let NAME, as a plant sends it, mean one of our sensors."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            await container.quarantine.map_sensor(OPERATOR, name, sensor)

    asyncio.run(work())


@app.command("map-unit")
def map_unit(name: str, unit: Annotated[str, typer.Argument(help="A unit that we know: MPa, psi, degF...")]) -> None:
    """Let NAME, as a plant sends it, mean a unit."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            await container.quarantine.map_unit(OPERATOR, name, unit)

    asyncio.run(work())


@app.command()
def replay(
    number: Annotated[
        int | None, typer.Argument(min=1, max=BIGGEST, help="Number of a group; without it, all.")
    ] = None,
) -> None:
    """Try quarantined readings again, after something was mapped, corrected or added."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            with step("Replay") as current:
                replayed = await container.quarantine.replay(OPERATOR, number)
                current.update(f"{replayed.accepted:,} readings accepted, {replayed.left:,} stay in quarantine")

    asyncio.run(work())


@app.command()
def discard(number: Number, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Delete a group of quarantined readings for good."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            group = await container.quarantine.group(OPERATOR, number)
            question = f"Delete {group.count:,} readings ({group.reason}, sensor {group.sensor or '-'}) for good?"
            if yes or typer.confirm(question, err=True):
                _out.print(f"{await container.quarantine.discard(OPERATOR, number):,} readings deleted.")

    asyncio.run(work())


@sources.command("create")
def create_source(name: str) -> None:
    """Let a source send readings over HTTP; its token is shown this once."""
    _with_register(lambda register: register.create(OPERATOR, name))


@sources.command("rotate")
def rotate_source(name: str) -> None:
    """Give a source another token; the old one is void at once."""
    _with_register(lambda register: register.rotate(OPERATOR, name))


@sources.command("revoke")
def revoke_source(name: str) -> None:
    """Let a source send no more."""
    _with_register(lambda register: register.revoke(OPERATOR, name))


@sources.command("list")
def list_sources() -> None:
    """Show the sources."""

    async def listed(register: SourceRegister) -> str:
        known = await register.list(OPERATOR)
        states = ((one.name, one.revoked_at) for one in known)
        return "\n".join(name if gone is None else f"{name}, revoked {gone:%Y-%m-%d}" for name, gone in states)

    _with_register(listed)


def _with_register(act: Callable[[SourceRegister], Awaitable[str | None]]) -> None:
    async def work() -> str | None:
        async with open_container(command_settings()) as container:
            return await act(SourceRegister(container.sessions, container.clock))

    if told := asyncio.run(work()):
        typer.echo(told)


def receipt_lines(receipt: Receipt, *, dry_run: bool) -> list[str]:
    """Return what became (with `dry_run`: would become) of a file's readings."""
    refused = receipt.refused.total()
    span = f", {receipt.oldest:%Y-%m-%d %H:%M} to {receipt.newest:%Y-%m-%d %H:%M} UTC" if receipt.oldest else ""
    lines = [f"{receipt.accepted:,} readings can be trusted{span}."]
    if not dry_run:
        lines.append(f"{receipt.written:,} of them are new or changed; the others were there already.")
    if refused:
        lines.append(f"{refused:,} readings {'would go' if dry_run else 'went'} into quarantine:")
        lines += [
            f"  {count:,} {reason}, for example: {_shown(receipt.examples[reason])}"
            for reason, count in receipt.refused.most_common()
        ]
    return lines


def _shown(raw: bytes) -> str:
    text = "".join(c if c.isprintable() else "\ufffd" for c in raw[: _EXAMPLE * 4].decode(errors="replace"))
    return text if len(text) <= _EXAMPLE else text[:_EXAMPLE] + "..."
