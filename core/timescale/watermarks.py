"""How far the aggregates over a table have come: what they have not read must not be dropped."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from core.timescale.edition import Edition, detect
from core.timescale.maintenance import patiently
from core.timescale.queries import aggregates
from core.timescale.slices import to_us
from core.timescale.tables import Hypertable

ROLLUPS = "roll-ups"


class Rollups(Protocol):
    """Our own roll-ups of the readings: the seam to `core/diagnostics`, which keeps them."""

    @property
    def views(self) -> Collection[str]:
        """Qualified names of the aggregates that `complete_until` answers for."""
        ...

    async def complete_until(self, table: str) -> datetime | None:
        """Return the first moment of `table` (a qualified name) that they lack; None where they lack nothing."""
        ...

    async def waiting_since(self, table: str) -> datetime | None:
        """Return since when readings of `table` wait to be read, however old they are; None where none do."""
        ...

    async def mark_changed(self, connection: AsyncConnection) -> None:
        """Note, in the transaction that writes them, that the readings in `staged_readings` are to be read."""
        ...


class NoRollups:
    """Nothing reads any table."""

    views: Collection[str] = ()

    async def complete_until(self, table: str) -> datetime | None:
        """Lack nothing."""
        return None

    async def waiting_since(self, table: str) -> datetime | None:
        """Have nothing wait."""
        return None

    async def mark_changed(self, connection: AsyncConnection) -> None:
        """Note nothing."""


NO_ROLLUPS = NoRollups()


async def lagging(
    connection: AsyncConnection,
    table: Hypertable,
    start: datetime,
    end: datetime,
    rollups: Rollups,
    *,
    just_dropped: bool = False,
) -> AsyncIterator[str]:
    """Yield the names of what has not read all of [start, end) yet; `just_dropped`: we did, what ended at `start`."""
    ready = await rollups.complete_until(table.qualified)
    if ready is not None and ready < end:
        yield ROLLUPS
    if (await detect(connection)).edition is not Edition.COMMUNITY:
        return
    values = {"schema": table.schema, "name": table.name, "start_us": to_us(start), "end_us": to_us(end)}
    behind = set(await connection.scalars(aggregates.AGGREGATES_BEHIND, values | {"just_dropped": just_dropped}))
    if await connection.scalar(aggregates.HAS_MATERIALIZATION_RANGES):  # 2.20 and later: refreshes under way
        behind |= set(await connection.scalars(aggregates.AGGREGATES_REFRESHING, values))
    for name in sorted(behind - set(rollups.views)):
        yield name


async def settle(connection: AsyncConnection, table: Hypertable, dropped_until: datetime, rollups: Rollups) -> None:
    """Have continuous aggregates read again what follows a dropped chunk.

    To TimescaleDB the dropped range has changed, up to and with the first bucket after it: unread, that bucket would
    keep the next chunk from ever being dropped. The buckets before stay as they are, with what they once read.
    """
    if (await detect(connection)).edition is not Edition.COMMUNITY:
        return
    for row in (await connection.execute(aggregates.AGGREGATES)).all():
        if row.qualified == table.qualified and row.name not in rollups.views:
            window = {"name": row.name, "start": dropped_until, "end": dropped_until + 2 * row.bucket}
            await patiently(connection.execute, aggregates.REFRESH, window)
