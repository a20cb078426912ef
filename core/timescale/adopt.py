"""Turning a plain database into one with a hypertable, rows and all."""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import UnavailableError
from core.timescale.edition import Edition, detect
from core.timescale.queries import adoption, tables
from core.timescale.tables import READINGS, NotAHypertableError, find_hypertable


class NotInstalledError(UnavailableError):
    """TimescaleDB is not installed on the server, or not in shared_preload_libraries."""

    key = "timescale-error-not-installed"


class AdoptionFailedError(UnavailableError):
    """The database refused; nothing has changed."""

    key = "timescale-error-adoption-failed"


@dataclass(frozen=True, slots=True)
class Adopted:
    """How adoption ended: `changed` is False where the table was a hypertable already."""

    edition: Edition
    rows: int
    chunks: int
    changed: bool


async def adopt(engine: AsyncEngine) -> Adopted:
    """Create the extension and make the table of readings a hypertable of 7-day chunks, moving its rows, or do nothing.

    One transaction that locks the table: writers wait. Takes about as long as copying the table.

    Raises:
        NotInstalledError, AdoptionFailedError.
    """
    try:
        async with engine.begin() as connection:
            kind = await detect(connection)
            if kind.edition is Edition.NONE and not kind.adoptable:
                raise NotInstalledError
            await connection.execute(adoption.ADOPT_EXTENSION)
            await connection.execute(adoption.LOCK_READINGS)
            before = await connection.scalar(adoption.COUNT_READINGS)
            try:
                table = await find_hypertable(connection, READINGS)
                changed = False
            except NotAHypertableError:
                await connection.execute(adoption.ADOPT_TABLE)
                table = await find_hypertable(connection, READINGS)
                changed = True
            after = await connection.scalar(adoption.COUNT_READINGS)
            if before != after:
                raise AdoptionFailedError(f"{before} rows went in, {after} came out; rolled back")
            chunks = await connection.execute(tables.CHUNKS, {"schema": table.schema, "name": table.name})
            return Adopted((await detect(connection)).edition, after or 0, len(chunks.all()), changed)
    except DBAPIError as error:
        raise AdoptionFailedError(str(error.orig)) from error
