"""Backups made, by command or by the clock."""

import asyncio
from datetime import timedelta
from importlib.metadata import version as package_version
from pathlib import Path

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.backups import folder as folders
from core.backups.folder import Backup, Manifest
from core.backups.indexes import restore_index, save_index
from core.backups.tools import run_tool
from core.clock import Clock
from core.database import Base
from core.rag.versions import IndexStorage
from core.settings import Settings
from core.timescale.edition import detect
from core.users.rights import Actor, Right

COUNTED = ("users", "systems", "sensors", "documents", "sensor_data")
"""Tables whose rows a backup counts, so that a restore can be compared with it."""
_DUE_AFTER = timedelta(hours=23)  # the clock asks once a day, at about the same time
_SNAPSHOT = text("SELECT pg_export_snapshot()")


class BackupService:
    """Makes, lists and forgets backups."""

    def __init__(self, engine: AsyncEngine, clock: Clock, settings: Settings, index: IndexStorage) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._index = index

    async def create(self, actor: Actor, root: Path) -> Backup:
        """Write a backup into `root`; whatever fails, nothing half is left.

        Raises:
            ToolMissingError, ToolFailedError, BackupFolderError
        """
        actor.require(Right.MANAGE_DATABASE)
        with folders.writing(root) as temporary:
            async with self._engine.connect() as connection:
                # What is counted is what is dumped: pg_dump looks at the same moment.
                snapshot = await (await connection.execution_options(isolation_level="REPEATABLE READ")).scalar(
                    _SNAPSHOT
                )
                manifest = await self._manifest(connection)
                await self._dump(temporary / folders.DATABASE, str(snapshot))
            await asyncio.to_thread(self._add_files, temporary, manifest.index_version)
            return await asyncio.to_thread(folders.finish, temporary, root, manifest)

    async def create_if_due(self, actor: Actor, root: Path, keep: int) -> Backup | None:
        """Write today's backup unless there is one, then keep the newest `keep`.

        Raises:
            As `create`.
        """
        actor.require(Right.MANAGE_DATABASE)
        made = await asyncio.to_thread(folders.backups_in, root)
        if made and self._clock() - made[-1].manifest.created_at < _DUE_AFTER:
            return None
        backup = await self.create(actor, root)
        await asyncio.to_thread(folders.prune, root, keep)
        return backup

    async def restore_index(self, actor: Actor, backup: Backup) -> int | None:
        """Make the backup's index the one in use, as a new version; return its number, None where it has none.

        Raises:
            IndexCorruptError, StorageFullError, StorageError
        """
        actor.require(Right.MANAGE_DATABASE)
        return await asyncio.to_thread(restore_index, self._index, backup)

    async def _dump(self, target: Path, snapshot: str) -> None:
        url = self._engine.url.render_as_string(hide_password=False)
        await run_tool("pg_dump", url, "--format=custom", f"--snapshot={snapshot}", "--file", target)

    async def _manifest(self, connection: AsyncConnection) -> Manifest:
        kind = await detect(connection)
        rows = {
            name: await connection.scalar(select(func.count()).select_from(Base.metadata.tables[name])) or 0
            for name in COUNTED
        }
        return Manifest(
            created_at=self._clock(),
            hydrodiag=package_version("hydrodiag"),
            postgres=kind.postgres,
            timescale=kind.timescale,
            rows=rows,
            index_version=await asyncio.to_thread(self._index.current),
        )

    def _add_files(self, temporary: Path, version: int | None) -> None:
        """Add the settings, whose secrets pydantic masks, and the index in use."""
        settings = self._settings.model_dump(mode="json")
        (temporary / folders.SETTINGS).write_bytes(orjson.dumps(settings, option=orjson.OPT_INDENT_2))
        if version is not None:
            save_index(self._index, version, temporary)
