"""The way back: a backup is restored into a database beside the one in use, which then takes its place.

Until that moment nothing of the database in use is touched, and afterwards it is still there under another name.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
from sqlalchemy import URL, make_url

from core.backups import folder as folders
from core.backups.folder import Backup, BackupDamagedError
from core.backups.service import COUNTED
from core.backups.tools import run_tool
from core.errors import ConflictError

_NAME_LENGTH = 63  # PostgreSQL's NAMEDATALEN - 1
_MAINTENANCE = "postgres"


class OtherVersionError(ConflictError):
    """The server has another version of TimescaleDB than the backup: its catalogue would not fit."""

    key = "error-backup-timescale"


class DatabaseInUseError(ConflictError):
    """Somebody is connected to the database: stop the bot and the workers first."""

    key = "error-backup-in-use"


class RowsDifferError(BackupDamagedError):
    """Other rows came back than the backup says it has."""

    key = "error-backup-rows"


async def restore_aside(backup: Backup, url: str) -> str:
    """Restore into a new database beside the one at `url`, compare the rows, and return its URL.

    Raises:
        BackupDamagedError: a file is not what was written, or the rows differ.
        OtherVersionError: TimescaleDB's version differs.
        ToolMissingError, ToolFailedError
    """
    await backup.verify()
    target = _beside(url, "restoring")
    async with _connected(_in(target, _MAINTENANCE)) as server:
        await _execute(server, "DROP DATABASE IF EXISTS %I WITH (FORCE)", str(target.database))
        await _execute(server, "CREATE DATABASE %I TEMPLATE template0 ENCODING 'UTF8'", str(target.database))
    await _prepare(backup, target)
    await run_tool(
        "pg_restore",
        _text(target),
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        backup.folder / folders.DATABASE,
    )
    await _check(backup, target)
    return _text(target)


async def take_its_place(url: str, restored: str, now: datetime) -> str:
    """Give the database at `restored` the name of the one at `url`, which is kept; return the kept one's name.

    Raises:
        DatabaseInUseError: somebody is connected to it.
    """
    current, aside = make_url(url), make_url(restored)
    kept = _beside(url, f"before_{now:%Y%m%d_%H%M%S}")
    async with _connected(_in(current, _MAINTENANCE)) as server:
        try:
            await _execute(server, "ALTER DATABASE %I RENAME TO %I", str(current.database), str(kept.database))
        except asyncpg.ObjectInUseError:
            raise DatabaseInUseError(f"{current.database} is in use", database=str(current.database)) from None
        await _execute(server, "ALTER DATABASE %I RENAME TO %I", str(aside.database), str(current.database))
    return str(kept.database)


async def _prepare(backup: Backup, target: URL) -> None:
    """Have TimescaleDB, where the backup has it, in the version and the state that its catalogue needs.

    After TimescaleDB's own procedure: `timescaledb_pre_restore`, restore, `timescaledb_post_restore`.
    """
    if backup.manifest.timescale is None:
        return
    async with _connected(target) as connection:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        found = await connection.fetchval("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")
        if found != backup.manifest.timescale:
            raise OtherVersionError(
                f"TimescaleDB {found} here, {backup.manifest.timescale} in the backup",
                here=str(found),
                backup=backup.manifest.timescale,
            )
        await connection.execute("SELECT timescaledb_pre_restore()")


async def _check(backup: Backup, target: URL) -> None:
    async with _connected(target) as connection:
        if backup.manifest.timescale is not None:
            await connection.execute("SELECT timescaledb_post_restore()")
        for table in COUNTED:
            counting = await connection.fetchval("SELECT format('SELECT count(*) FROM %I', $1::text)", table)
            if (found := await connection.fetchval(counting)) != backup.manifest.rows[table]:
                raise RowsDifferError(
                    f"{table}: {found} rows of {backup.manifest.rows[table]}",
                    table=table,
                    found=found,
                    expected=backup.manifest.rows[table],
                )


async def _execute(connection: "asyncpg.Connection[asyncpg.Record]", template: str, *names: str) -> None:
    """Run a statement whose identifiers the server itself quotes: such statements take no parameters."""
    await connection.execute(await connection.fetchval("SELECT format($1, VARIADIC $2::text[])", template, list(names)))


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(_text(url))
    try:
        yield connection
    finally:
        await connection.close()


def _beside(url: str, suffix: str) -> URL:
    parts = make_url(url)
    return _in(parts, f"{str(parts.database)[: _NAME_LENGTH - len(suffix) - 1]}_{suffix}")


def _in(url: URL, database: str) -> URL:
    return url.set(database=database)


def _text(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
