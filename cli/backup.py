"""`hydrodiag backup` and `hydrodiag restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.context import command_settings, local_parts
from cli.steps import step
from core.backups.folder import open_backup
from core.settings import Settings

_MEGABYTE = 1e6


def backup(
    to: Annotated[Path | None, typer.Option(help="Folder of the backups; without it BACKUP__FOLDER.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="Keep that many; without it all.")] = None,
) -> None:
    """Back up the database, the index in use and the settings without secrets."""
    settings = command_settings()
    root = to or settings.backup.folder or settings.hydrodiag_home / "backups"
    asyncio.run(_back_up(settings, root.expanduser().absolute(), keep))


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup's folder.", exists=True, file_okay=False)],
) -> None:
    """Restore a backup; the database of before is kept under another name. Stop the bot and the workers first."""
    asyncio.run(_restore(command_settings(), folder.absolute()))


async def _back_up(settings: Settings, root: Path, keep: int | None) -> None:
    from core.backups.folder import prune
    from core.container import Container
    from core.users.rights import OPERATOR

    async with local_parts(settings) as complete, Container.open(complete) as container:
        with step("Backup") as current:
            made = await container.backups.create(OPERATOR, root)
            current.update(f"{made.manifest.size / _MEGABYTE:.1f} MB")
        if keep is not None:
            prune(root, keep)
    typer.echo(str(made.folder))


async def _restore(settings: Settings, folder: Path) -> None:
    from core.backups.restoring import restore_aside, take_its_place
    from core.clock import utc_now
    from core.container import Container
    from core.users.rights import OPERATOR
    from migrations.runner import upgrade

    made = open_backup(folder)
    async with local_parts(settings) as complete:
        if complete.database_url is None:
            return
        url = complete.database_url.get_secret_value()
        with step("Database"):
            restored = await restore_aside(made, url)
        with step("Schema"):
            await upgrade(restored)
        kept = await take_its_place(url, restored, utc_now())
        async with Container.open(complete) as container:
            with step("Index"):
                await container.backups.restore_index(OPERATOR, made)
    typer.echo(f"Restored the backup of {made.manifest.created_at:%Y-%m-%d %H:%M} UTC. The database of before: {kept}")
