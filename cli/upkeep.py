"""`hydrodiag timescale ...`: changes to tables, planned, confirmed here or by `--yes`, and done in this process."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from bot.i18n import Text, text_for
from cli.context import command_settings, open_container
from cli.numbers import BIGGEST
from core.container import Container
from core.database import Base
from core.errors import HydrodiagError
from core.settings import Settings
from core.timescale.backfill import read_csv, stage
from core.timescale.caretaker import Planned, Seen
from core.timescale.models import State
from core.timescale.spans import read_span
from core.timescale.tables import READINGS
from core.users.rights import OPERATOR

app = typer.Typer()
Number = Annotated[int, typer.Argument(min=1, max=BIGGEST, help="As `jobs` or `holds` show it.")]
Csv = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask. With --json alone a plan is printed, not done.")]
Table = Annotated[str, typer.Argument(help="The table, as SQL writes it.")]
Older = Annotated[str | None, typer.Option("--older-than", help="30d, 12h, 6w; without it, as declared.")]
Plan = Callable[[Container], Awaitable[Planned]]


@app.command()
def stats(table: Table = READINGS, as_json: Json = False) -> None:
    """Show how big a table is, and how it grows."""
    _show(as_json, lambda c: c.timescale.get_hypertable_stats(OPERATOR, table), _worded("timescale", "stats"))


@app.command()
def chunks(table: Table = READINGS, as_json: Json = False) -> None:
    """List a table's chunks with their sizes."""
    _show(as_json, lambda c: c.timescale.chunks(OPERATOR, table), _worded("timescale", "chunk_lines"))


@app.command()
def jobs(
    number: Annotated[int | None, typer.Argument(min=1, max=BIGGEST, help="One operation.")] = None,
    as_json: Json = False,
) -> None:
    """List the last operations, or show one."""
    if number is None:
        _show(as_json, lambda c: c.caretaking.caretaker.recent(OPERATOR, 20), _worded("operations", "journal"))
    else:
        _show(as_json, lambda c: c.caretaking.caretaker.see(OPERATOR, number), _one_operation)


@app.command()
def confirm(number: Number, as_json: Json = False) -> None:
    """Do what was planned, here and now; a plan is good for 15 minutes."""

    async def work() -> None:
        async with opened(as_json) as (container, settings):
            await _do(container, settings, number, as_json)

    asyncio.run(work())


@app.command()
def cancel(number: Number, as_json: Json = False) -> None:
    """Give up a plan or an order; what runs ends after the present chunk."""

    async def work(container: Container) -> Seen:
        await container.caretaking.caretaker.cancel(OPERATOR, number)
        return await container.caretaking.caretaker.see(OPERATOR, number)

    _show(as_json, work, _one_operation)


@app.command()
def partitions(
    table: Table = READINGS,
    ahead: Annotated[int | None, typer.Option(min=0, help="Chunks beyond that of now.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", help="UTC.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", help="UTC, exclusive.")] = None,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Create the chunks that a range lacks, or those ahead of now."""

    def plan(container: Container) -> Awaitable[Planned]:
        caretaker = container.caretaking.caretaker
        if first and last:
            start, end = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
            return caretaker.plan_range(OPERATOR, table, start, end)
        return caretaker.plan_ahead(OPERATOR, table, ahead)

    _change(plan, as_json, yes)


@app.command()
def compress(table: Table = READINGS, older_than: Older = None, as_json: Json = False, yes: Yes = False) -> None:
    """Compress old chunks (Community edition)."""

    async def plan(container: Container) -> Planned:
        declared = await container.caretaking.policies.declared(OPERATOR, table)
        span = read_span(older_than) if older_than else declared.compress_after
        return await container.caretaking.caretaker.plan_compression(OPERATOR, table, span)

    _change(plan, as_json, yes)


@app.command()
def retention(
    table: Annotated[str | None, typer.Argument(help=f"The table, as SQL writes it; {READINGS}.")] = None,
    older_than: Older = None,
    everything: Annotated[bool, typer.Option(help="Even if nothing is left; the table must be named.")] = False,
    as_json: Json = False,
    yes: Yes = False,
) -> None:
    """Drop old chunks; never what is on hold, or what a roll-up has not read."""

    if everything and table is None:
        raise typer.BadParameter("--everything takes the name of the table")
    name = table or READINGS

    async def plan(container: Container) -> Planned:
        declared = await container.caretaking.policies.declared(OPERATOR, name)
        if older_than is None and not declared.retain_for:
            raise typer.BadParameter("no retention is declared for this table: say --older-than")
        span = declared.retain_for if older_than is None else read_span(older_than)
        return await container.caretaking.caretaker.plan_cleanup(OPERATOR, name, span, leave_nothing=everything)

    _change(plan, as_json, yes)


@app.command()
def interval(table: Table, length: str, as_json: Json = False, yes: Yes = False) -> None:
    """Make new chunks this long (7d, 12h); those that exist stay as they are."""
    _change(lambda c: c.caretaking.caretaker.plan_interval(OPERATOR, table, read_span(length)), as_json, yes)


@app.command()
def apply(table: Table = READINGS, as_json: Json = False, yes: Yes = False) -> None:
    """Bring a table to its policy."""
    _change(lambda c: c.caretaking.caretaker.plan_apply(OPERATOR, table), as_json, yes)


@app.command()
def backfill(file: Csv, as_json: Json = False, yes: Yes = False) -> None:
    """Write late readings, also into compressed chunks. FILE: sensor_id,time,value[,quality] with a heading line."""

    async def plan(container: Container) -> Planned:
        with file.open(encoding="utf-8", newline="") as lines:
            batch = await stage(container.engine, read_csv(lines))
        return await container.caretaking.caretaker.plan_backfill(OPERATOR, batch)

    _change(plan, as_json, yes)


@app.command()
def policy(
    table: Table = READINGS,
    chunk: Annotated[str | None, typer.Option(help="Length of new chunks; default: as the settings say.")] = None,
    compress_after: Annotated[str | None, typer.Option("--compress", help="Compress after.")] = None,
    retain: Annotated[str | None, typer.Option(help="Keep for.")] = None,
    as_json: Json = False,
) -> None:
    """Show a table's policy against what is; with options, declare it first."""

    async def work(container: Container) -> dict[str, Any]:
        service = container.caretaking.policies
        for field, value in (("chunk_interval", chunk), ("compress_after", compress_after), ("retain_for", retain)):
            if value is not None:
                await service.declare(OPERATOR, table, field, None if value == "default" else read_span(value))
        declared, drift = await service.declared(OPERATOR, table), await service.drift(OPERATOR, table)
        return {"declared": declared, "drift": drift}

    def word(found: dict[str, Any], zone: Any, text: Text) -> str:
        from bot.views import policies

        return policies.policy(found["declared"], found["drift"], None, text).words

    _show(as_json, work, word)


@app.command()
def holds(as_json: Json = False) -> None:
    """List the legal holds in force."""
    _show(as_json, lambda c: c.caretaking.holds.list(OPERATOR), _worded("policies", "holds"))


@app.command()
def hold(table: Table, first: datetime, last: datetime, reason: str, as_json: Json = False) -> None:
    """Keep what a table has from FIRST to LAST (UTC, exclusive): nobody may drop it."""
    start, end = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
    _show(as_json, lambda c: c.caretaking.holds.place(OPERATOR, table, start, end, reason), _one_hold)


@app.command()
def release(number: Number, as_json: Json = False) -> None:
    """Release a legal hold."""
    _show(as_json, lambda c: c.caretaking.holds.release(OPERATOR, number), _one_hold)


def _one_hold(held: Any, zone: Any, text: Text) -> str:
    from bot.views import policies

    return policies.holds([held], zone, text)


def _one_operation(seen: Seen, zone: Any, text: Text) -> str:
    from bot.views import operations

    return operations.sight(seen, OPERATOR, text).words


def _worded(module: str, view: str) -> Callable[[Any, Any, Text], str]:
    """Return a view that is imported when it is needed: views import aiogram, which takes seconds."""

    def word(found: Any, zone: Any, text: Text) -> str:
        words: str = getattr(import_module(f"bot.views.{module}"), view)(found, zone, text)
        return words

    return word


def _show(as_json: bool, ask: Callable[[Container], Awaitable[Any]], word: Callable[[Any, Any, Text], str]) -> None:
    async def work() -> None:
        async with opened(as_json) as (container, settings):
            found = await ask(container)
            if as_json:
                typer.echo(to_json(found))
            else:
                text = text_for(settings.default_language)
                _print(word(found, settings.zone, text))

    asyncio.run(work())


def _change(plan: Plan, as_json: bool, yes: bool) -> None:
    """Plan it, ask, do it; exit code 1 where not all of it was done."""

    async def work() -> None:
        async with opened(as_json) as (container, settings):
            planned = await plan(container)
            text, caretaker = text_for(settings.default_language), container.caretaking.caretaker
            if not as_json:
                from bot.views import operations

                _print(operations.planned(planned, settings.zone, text).words)
                yes_or_asked = yes or await asyncio.to_thread(typer.confirm, text("operations-confirm"))
                if not yes_or_asked:
                    await caretaker.cancel(OPERATOR, planned.operation)
                    return
            elif not yes:
                typer.echo(to_json({"plan": planned, "state": State.PLANNED}))
                return
            await _do(container, settings, planned.operation, as_json)

    asyncio.run(work())


async def _do(container: Container, settings: Settings, number: int, as_json: bool) -> None:
    caretaker = container.caretaking.caretaker
    await caretaker.run_here(OPERATOR, number)
    seen = await caretaker.see(OPERATOR, number)
    if as_json:
        typer.echo(to_json(seen.operation))
    else:
        _print(_one_operation(seen, settings.zone, text_for(settings.default_language)))
    if seen.operation.state != State.DONE:
        sys.exit(1)


@asynccontextmanager
async def opened(as_json: bool) -> AsyncIterator[tuple[Container, Settings]]:
    """Open the container; with --json an expected error is an object on stdout too, and the exit code 1."""
    settings = command_settings()
    try:
        async with open_container(settings) as container:
            yield container, settings
    except HydrodiagError as error:
        if not as_json:
            raise
        typer.echo(to_json({"error": error.key, "message": str(error)}))
        sys.exit(1)


def _print(markdown: str) -> None:
    from bot.formatting import render

    Console(highlight=False, soft_wrap=True).print(render(markdown).text, markup=False)


def to_json(value: Any) -> str:
    """Write a report: times as ISO 8601, spans of time in seconds."""
    return orjson.dumps(_plain(value), default=_other, option=orjson.OPT_INDENT_2).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Base):
        return {column.key: getattr(value, column.key) for column in value.__table__.columns}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _other(value: object) -> float | str:
    return value.total_seconds() if isinstance(value, timedelta) else str(value)
