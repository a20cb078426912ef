"""Tables by name, looked up by the database itself: a name that is none, or not a hypertable, is a clear error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInputError, NotFoundError
from core.timescale.queries import tables

READINGS = "sensor_data"


class NoSuchTableError(NotFoundError):
    """There is no such table."""

    key = "timescale-error-no-table"


class NotATableError(BadInputError):
    """It is there, but is a view, an index or the like."""

    key = "timescale-error-not-a-table"


class NotAHypertableError(BadInputError):
    """This is no hypertable partitioned by one column of time."""

    key = "timescale-error-no-hypertable"


@dataclass(frozen=True, slots=True)
class Table:
    """An existing table; `qualified` is quoted and can be read back as a regclass."""

    qualified: str
    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Hypertable(Table):
    """A hypertable with the one dimension time."""

    column: str
    interval: timedelta


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: readings with start <= time < end."""

    name: str
    start: datetime
    end: datetime
    compressed: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A chunk with its size, index and compressed part included; `rows` is the planner's estimate."""

    chunk: Chunk
    bytes: int
    rows: int


async def find_table(connection: AsyncConnection, name: str) -> Table:
    """Find a table.

    Raises:
        NoSuchTableError: there is none, or `name` can't be a name.
        NotATableError: it names something else.
    """
    try:
        row = (await connection.execute(tables.RELATION, {"table": name})).one_or_none()
    except DBAPIError as error:
        # 42602 invalid_name: to_regclass could not even parse it.
        raise NoSuchTableError(f"{name!r} is no table name", table=name) from error
    if row is None:
        raise NoSuchTableError(f"there is no table {name!r}", table=name)
    if row.kind not in {"r", "p"}:
        kind = "view" if row.kind in {"v", "m"} else "other"
        raise NotATableError(f"{row.qualified} is no table", table=name, kind=kind)
    return Table(row.qualified, row.schema, row.name)


async def find_hypertable(connection: AsyncConnection, name: str) -> Hypertable:
    """Find a hypertable; TimescaleDB must be there.

    Raises:
        NoSuchTableError, NotATableError: there is no such table.
        NotAHypertableError: it is an ordinary one, or has dimensions besides a timestamp with time zone.
    """
    table = await find_table(connection, name)
    found = await connection.execute(tables.TIME_DIMENSION, {"schema": table.schema, "name": table.name})
    row = found.one_or_none()
    if row is None or row.dimensions != 1 or row.type != "timestamp with time zone":
        raise NotAHypertableError(f"{table.qualified} is no hypertable by time alone", table=name)
    interval = timedelta(microseconds=row.interval_us)
    return Hypertable(table.qualified, table.schema, table.name, row.column, interval)


async def chunks_of(connection: AsyncConnection, table: Hypertable) -> list[Chunk]:
    """Return the table's chunks, oldest first."""
    found = await connection.execute(tables.CHUNKS, {"schema": table.schema, "name": table.name})
    return [Chunk(row.name, row.range_start, row.range_end, row.compressed) for row in found]


async def any_rows(connection: AsyncConnection, chunks: Sequence[Chunk]) -> bool:
    """Tell whether a chunk holds a row; asked newest first, for those made ahead of time hold none."""
    for chunk in reversed(chunks):
        statement = await connection.scalar(tables.BUILD_HAS_ROWS, {"chunk": chunk.name})
        if (await connection.exec_driver_sql(str(statement))).scalar():
            return True
    return False


async def measure(connection: AsyncConnection, table: Hypertable, chunks: Sequence[Chunk]) -> list[Measured]:
    """Measure chunks of `table`, in their order; one that is gone has nothing. Those never analysed are, first."""
    names = [chunk.name for chunk in chunks]
    for statement in (await connection.scalars(tables.BUILD_ANALYZE, {"chunks": names})).all():
        await connection.exec_driver_sql(statement)
    return await weigh(connection, table, chunks)


async def weigh(connection: AsyncConnection, table: Hypertable, chunks: Sequence[Chunk]) -> list[Measured]:
    """Measure them without analysing any: chunks that no ANALYZE has seen count no rows."""
    names = [chunk.name for chunk in chunks]
    found = await connection.execute(tables.CHUNK_SIZES, {"table": table.qualified, "chunks": names})
    sizes = {row.name: (row.bytes or 0, max(row.rows or 0, 0)) for row in found}
    return [Measured(chunk, *sizes.get(chunk.name, (0, 0))) for chunk in chunks]
