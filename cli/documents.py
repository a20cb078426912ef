"""`hydrodiag documents`: the registry from the command line. The index is rebuilt here; no worker needs to run."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.context import command_settings, open_container
from cli.index import in_words
from cli.steps import step
from core.container import Container
from core.errors import HydrodiagError
from core.rag.documents import AddOutcome, DocumentNotFoundError
from core.users.rights import OPERATOR

app = typer.Typer(help="Documents that answers come from.", no_args_is_help=True)


class SomeRefusedError(HydrodiagError):
    """Some files were refused."""


@app.command()
def add(paths: Annotated[list[Path], typer.Argument(help="Files and folders (.md, .txt).")]) -> None:
    """Add or replace documents and bring the index up to date."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            refused = [line for path in paths for line in await _add(container, path)]
            await _rebuild(container)
        if refused:
            raise SomeRefusedError("refused:\n" + "\n".join(refused))

    asyncio.run(work())


@app.command("list")
def list_documents() -> None:
    """List the documents."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            documents = await container.documents.list(OPERATOR)
        table = Table("id", "name", "title", "lang", "rev", "kB", "state", box=None)
        for d in documents:
            size = f"{d.size / 1000:.1f}"
            table.add_row(str(d.id), d.name, d.title, d.language, str(d.revision), size, d.error or d.state)
        Console().print(table)

    asyncio.run(work())


@app.command()
def delete(names: Annotated[list[str], typer.Argument(help="Names or ids, as `list` shows them.")]) -> None:
    """Delete documents and bring the index up to date."""

    async def work() -> None:
        async with open_container(command_settings()) as container:
            known = await container.documents.list(OPERATOR)
            ids = {key: document.id for document in known for key in (document.name, str(document.id))}
            if missing := [name for name in names if name not in ids]:
                raise DocumentNotFoundError(f"no such document: {', '.join(missing)}")
            for document_id in {ids[name]: None for name in names}:
                await container.documents.delete(OPERATOR, document_id)
            await _rebuild(container)

    asyncio.run(work())


async def _add(container: Container, path: Path) -> list[str]:
    with step(f"Documents in {path}") as current:
        folder = await container.documents.add_directory(OPERATOR, path)
        counts = [f"{count} {outcome}" for outcome in AddOutcome if (count := folder.count(outcome))]
        current.update(", ".join(counts) or "none")
    return [f"  {error}" for error in folder.refused.values()]


async def _rebuild(container: Container) -> None:
    with step("Index") as current:
        rebuilt = await container.indexes.rebuild(lambda what, done, all_: current.update(f"{what} {done}/{all_}"))
        current.update(in_words(rebuilt))
