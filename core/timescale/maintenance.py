"""A connection for maintenance: outside transactions, with limits, and one at a time on a table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import ConflictError
from core.settings import TimescaleSettings
from core.timescale import queries
from core.timescale.tables import find_table


class MaintenanceBusyError(ConflictError):
    """Maintenance of this table is already under way."""

    key = "timescale-error-busy"


@asynccontextmanager
async def maintenance(engine: AsyncEngine, settings: TimescaleSettings, table: str) -> AsyncIterator[AsyncConnection]:
    """Yield an AUTOCOMMIT connection that holds `table`'s maintenance lock; the lock ends with the connection.

    Raises:
        NoSuchTableError: there is no such table.
        MaintenanceBusyError: another process holds it.
    """
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        try:
            limits = {"lock": f"{settings.lock_timeout_s}s", "statement": f"{settings.statement_timeout_s}s"}
            await connection.execute(queries.SET_TIMEOUTS, limits)
            qualified = (await find_table(connection, table)).qualified
            if not await connection.scalar(queries.TRY_LOCK, {"table": qualified}):
                raise MaintenanceBusyError(f"maintenance of {table} is under way", table=table)
            yield connection
        finally:
            # Closed, not given back to the pool: its lock and its limits go with it, whatever happened.
            await connection.invalidate()
