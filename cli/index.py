"""`hydrodiag index`: versions of the index from the command line."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.context import command_settings, open_container
from cli.steps import step
from core.rag.indexing import Rebuilt
from core.users.rights import OPERATOR

app = typer.Typer(help="Versions of the index.", no_args_is_help=True)


@app.command("list")
def list_versions() -> None:
    """List the versions, newest first; * marks the one in use, ! one that another model or chunker built."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            found = await container.index_administration.list(OPERATOR)
        table = Table("", "version", "built", "documents", "passages", "MB", "search", "model", box=None)
        for one in found.versions:
            mark = ("*" if one.current else "") + ("" if one.fits else "!")
            built = f"{one.created_at:%Y-%m-%d %H:%M}"
            kind = "exact" if one.exact else "clusters"
            size = f"{one.size / 1e6:.1f}"
            table.add_row(mark, f"v_{one.version}", built, str(one.documents), str(one.passages), size, kind, one.model)
        Console().print(table)

    asyncio.run(work())


@app.command()
def build(
    from_scratch: Annotated[bool, typer.Option(help="Read and embed everything again.")] = False,
) -> None:
    """Bring the index up to date with the documents. It is done here; no worker needs to run."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            with step("Index") as current:
                rebuilt = await container.indexes.rebuild(
                    lambda what, done, total: current.update(f"{what} {done}/{total}"), from_scratch=from_scratch
                )
                current.update(in_words(rebuilt))

    asyncio.run(work())


@app.command()
def use(version: Annotated[int, typer.Argument(min=1, help="Number of the version.")]) -> None:
    """Make a version the current one."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            with step("Index") as current:
                current.update(f"v_{await container.index_administration.use(OPERATOR, version)} in use")

    asyncio.run(work())


@app.command()
def rollback() -> None:
    """Go back to the version that was current before."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            with step("Index") as current:
                current.update(f"v_{await container.index_administration.rollback(OPERATOR)} in use")

    asyncio.run(work())


def in_words(rebuilt: Rebuilt) -> str:
    """Say what a rebuild came to."""
    state = f"v_{rebuilt.version}" if rebuilt.version else "empty"
    if not rebuilt.built:
        return state
    failed = f", {len(rebuilt.failed)} failed: {', '.join(rebuilt.failed)}" if rebuilt.failed else ""
    return f"{state}: {rebuilt.documents} documents, {rebuilt.chunks} passages{failed}"
