"""All that the bot keeps, to be compared and put back: rows of the database, jobs that wait in Redis."""

from redis.asyncio import Redis
from sqlalchemy import text as sql

from core.database import SessionFactory
from core.jobs import Queue

_TABLES = (
    "SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    " AND NOT relispartition AND relname <> 'alembic_version' ORDER BY 1"
)
VOLATILE = ("updated_at", "seen_at", "last_seen_at", "due_at")
"""Columns that tell when, not what."""
World = dict[str, list[str]]


class Keeper:
    """Knows how the world was when it was made."""

    def __init__(self, sessions: SessionFactory, redis: Redis) -> None:
        self._sessions = sessions
        self._redis = redis
        self._tables: list[str] = []
        self._rows = ""
        self._back: list[str] = []

    async def keep(self) -> None:
        """Take a copy of every row."""
        async with self._sessions.begin() as session:
            self._tables = list(await session.scalars(sql(_TABLES)))
            volatile = ", ".join(f"'{column}'" for column in VOLATILE)
            self._rows = " UNION ALL ".join(
                f"SELECT '{table}', (to_jsonb(t) - ARRAY[{volatile}])::text FROM {table} t" for table in self._tables
            )
            await session.execute(sql("CREATE SCHEMA kept"))
            for table in self._tables:
                await session.execute(sql(f"CREATE TABLE kept.{table} AS TABLE {table}"))
            self._back = ["SET LOCAL session_replication_role = replica"]
            for table in self._tables:
                self._back += [f"DELETE FROM {table}", f"INSERT INTO {table} TABLE kept.{table}"]

    async def restore(self) -> None:
        """Put every row back, and forget jobs and counts."""
        async with self._sessions.begin() as session:
            await session.execute(sql(f"DO $$ BEGIN {'; '.join(self._back)}; END $$"))
        await self._redis.flushdb()

    async def look(self) -> World:
        """Return every row, and the jobs."""
        world: World = {}
        async with self._sessions() as session:
            for table, row in await session.execute(sql(f"{self._rows} ORDER BY 1, 2")):
                world.setdefault(table, []).append(row)
        for queue in Queue:
            world[queue.value] = [job.decode() for job in await self._redis.zrange(queue.value, 0, -1)]
        return world


def difference(before: World, after: World) -> dict[str, list[str]]:
    """Return what is in one of them only."""
    tables = sorted(before.keys() | after.keys())
    gone = {f"- {table}": sorted(set(before.get(table, [])) - set(after.get(table, []))) for table in tables}
    come = {f"+ {table}": sorted(set(after.get(table, [])) - set(before.get(table, []))) for table in tables}
    return {table: rows for table, rows in (gone | come).items() if rows}
