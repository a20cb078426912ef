"""`hydrodiag timescale`: the database's health, and what mends it."""

import asyncio
import sys

import typer
from rich.console import Console

from bot.i18n import text_for
from bot.views.health import health_lines
from cli import upkeep
from cli.steps import step
from cli.upkeep import Json, opened, to_json
from core.diagnostics.models import Severity
from core.users.rights import OPERATOR

app = typer.Typer(help="The time-series database: health and maintenance.", no_args_is_help=True)
app.add_typer(upkeep.app)


@app.command()
def health(as_json: Json = False) -> None:
    """Show how the database is; exit code 1 where something is critical."""

    async def work() -> None:
        async with opened(as_json) as (container, settings):
            report = await container.timescale.health(OPERATOR)
        if as_json:
            typer.echo(to_json(report))
        else:
            text = text_for(settings.default_language)
            Console(highlight=False, soft_wrap=True).print(
                "\n".join(health_lines(report, text, settings.zone)), markup=False
            )
        if report.worst is Severity.CRITICAL:
            sys.exit(1)

    asyncio.run(work())


@app.command()
def ensure(as_json: Json = False) -> None:
    """Create the readings' chunks ahead of now, as many as TIMESCALE__CHUNKS_AHEAD says."""

    async def work() -> None:
        async with opened(as_json) as (container, _):
            if as_json:
                made = await container.timescale.ensure_partitions_ahead(OPERATOR)
                typer.echo(to_json(made or {"created": [], "existing": []}))
                return
            with step("Chunks ahead") as current:
                ensured = await container.timescale.ensure_partitions_ahead(OPERATOR)
                if ensured is None:
                    current.update("plain PostgreSQL: nothing to do")
                else:
                    current.update(f"{len(ensured.created)} created, {len(ensured.existing)} there before")

    asyncio.run(work())


@app.command()
def adopt(as_json: Json = False) -> None:
    """Turn a plain database into TimescaleDB: create the extension, move the readings into a hypertable.

    Readings wait meanwhile; stop the bot and the workers first.
    """

    async def work() -> None:
        async with opened(as_json) as (container, _):
            if as_json:
                typer.echo(to_json(await container.timescale.adopt(OPERATOR)))
                return
            before = (await container.timescale.get_hypertable_stats(OPERATOR)).rows
            with step("Readings to a hypertable") as current:
                current.update(f"about {before:,} rows")
                adopted = await container.timescale.adopt(OPERATOR)
                done = "moved" if adopted.changed else "were in a hypertable already"
                current.update(f"{adopted.rows:,} rows {done}, {adopted.chunks} chunks, edition {adopted.edition}")

    asyncio.run(work())
