"""How big each table is, written down once an hour: a time series that growth is read from."""

import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock
from core.errors import NotFoundError
from core.settings import TimescaleSettings
from core.timescale.maintenance import looking
from core.timescale.models import StatsSnapshot
from core.timescale.policies import PolicyService
from core.timescale.queries import growth, server
from core.timescale.stats import get_hypertable_stats
from core.timescale.tables import READINGS

KEPT = timedelta(days=400)
"""A year can be compared with the one before."""
_GB = 1e9


class Snapshots:
    """Takes them. Two workers that do it at once write the same row."""

    def __init__(self, engine: AsyncEngine, clock: Clock, settings: TimescaleSettings, policies: PolicyService) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._policies = policies

    async def take(self) -> int:
        """Write down the sizes of now, once an hour; forget what is older than `KEPT`. Return how many tables."""
        hour = self._clock().replace(minute=0, second=0, microsecond=0)
        tables = list(dict.fromkeys([*await self._policies.tables(), READINGS]))
        done: set[str] = set()
        async with looking(self._engine) as connection:
            free = await self._disk_free(connection)
            for table in tables:
                try:
                    found = await get_hypertable_stats(connection, table, now=self._clock())
                except NotFoundError:  # dropped since
                    continue
                parts = found.partitioning
                row = {
                    "table_name": found.table,
                    "taken_at": hour,
                    "table_bytes": found.table_bytes,
                    "index_bytes": found.index_bytes,
                    "toast_bytes": found.toast_bytes,
                    "total_bytes": found.total_bytes,
                    "rows": found.rows,
                    "chunks": parts.chunks if parts else 0,
                    "compressed": parts.compressed if parts else 0,
                    "disk_free_bytes": free,
                    "inserted": await connection.scalar(growth.INSERTED, {"table": found.table}),
                }
                await connection.execute(insert(StatsSnapshot).values(row).on_conflict_do_nothing())
                done.add(found.table)
            await connection.execute(delete(StatsSnapshot).where(StatsSnapshot.taken_at < hour - KEPT))
        return len(done)

    async def _disk_free(self, connection: AsyncConnection) -> int | None:
        """Return what is free on the database's disk: as the settings say, or as seen where the server is local."""
        if self._settings.disk_gb:
            used: int = (await connection.execute(server.SERVER)).one().database_bytes
            return max(0, round(self._settings.disk_gb * _GB) - used)
        where = (await connection.execute(server.DISK)).one()
        directory = Path(where.directory) if where.directory and where.local else None
        if directory is None or not (directory / "PG_VERSION").is_file():  # another machine, or a container's path
            return None
        return shutil.disk_usage(directory).free
