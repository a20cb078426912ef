"""A connection for maintenance: outside transactions, with limits, patient with locks, and one at a time on a table."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from core.errors import ConflictError, UnavailableError
from core.settings import TimescaleSettings
from core.timescale.queries import server
from core.timescale.tables import find_table

_CONTENTION = frozenset({"40P01", "55P03"})
"""Deadlock detected, lock not available: somebody else was first, and will be done soon."""
_ATTEMPTS = 6
_LONGEST_PAUSE_S = 5.0
_LOCK_POLL_S = 0.25
_LOOKING = {"lock": "2s", "statement": "60s"}
"""Somebody waits in a chat for what is looked at; and who is looked at may be the one who holds the lock."""
Result = TypeVar("Result")


class MaintenanceBusyError(ConflictError):
    """Maintenance of this table is already under way."""

    key = "timescale-error-busy"


class TableLockedError(UnavailableError):
    """Somebody else's lock on the table is in the way."""

    key = "timescale-error-locked"


@asynccontextmanager
async def maintenance(
    engine: AsyncEngine, settings: TimescaleSettings, table: str, *, wait_s: float = 0
) -> AsyncIterator[AsyncConnection]:
    """Yield an AUTOCOMMIT connection that holds `table`'s maintenance lock; the lock ends with the connection.

    The server looks every two seconds whether this process still lives: a killed worker's lock does not outlive it.

    Raises:
        NoSuchTableError: there is no such table.
        MaintenanceBusyError: another process held it for `wait_s` seconds.
    """
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        try:
            limits = {"lock": f"{settings.lock_timeout_s}s", "statement": f"{settings.statement_timeout_s}s"}
            await connection.execute(server.SET_TIMEOUTS, limits)
            qualified = (await find_table(connection, table)).qualified
            await _lock(connection, qualified, wait_s)
            yield connection
        finally:
            # Closed, not given back to the pool: its lock and its limits go with it, whatever happened.
            await connection.invalidate()


async def _lock(connection: AsyncConnection, table: str, wait_s: float) -> None:
    end = asyncio.get_running_loop().time() + wait_s
    while not await connection.scalar(server.TRY_LOCK, {"table": table}):
        if asyncio.get_running_loop().time() >= end:
            raise MaintenanceBusyError(f"maintenance of {table} is under way", table=table)
        await asyncio.sleep(_LOCK_POLL_S)


@asynccontextmanager
async def looking(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection outside transactions, which nobody waits for nor it for anybody, but for seconds.

    Raises:
        TableLockedError: somebody else's lock was in the way.
    """
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        try:
            await connection.execute(server.SET_TIMEOUTS, _LOOKING)
            yield connection
        except DBAPIError as error:
            if is_contention(error):
                raise TableLockedError(str(error.orig)) from error
            raise
        finally:
            if not connection.invalidated:
                await connection.execute(server.RESET_LOCK_TIMEOUT)
                await connection.execute(server.RESET_STATEMENT_TIMEOUT)


def is_contention(error: BaseException) -> bool:
    """Tell whether somebody else's lock was in the way."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONTENTION


async def patiently(statement: Callable[..., Awaitable[Result]], *arguments: Any) -> Result:
    """Await `statement(*arguments)`, again after growing random pauses while locks are in the way.

    Raises:
        DBAPIError: the sixth failure, or any other.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(is_contention),
        wait=wait_random_exponential(multiplier=0.2, max=_LONGEST_PAUSE_S),
        stop=stop_after_attempt(_ATTEMPTS),
        reraise=True,
    )
    return await retrying(statement, *arguments)


@asynccontextmanager
async def transaction(connection: AsyncConnection) -> AsyncIterator[None]:
    """Open a transaction on an AUTOCOMMIT connection; it is rolled back where the block fails and the server lives."""
    await connection.execute(text("BEGIN"))
    try:
        yield
    except BaseException:
        if not connection.invalidated:
            await connection.execute(text("ROLLBACK"))
        raise
    await connection.execute(text("COMMIT"))


async def run_built(connection: AsyncConnection, builder: TextClause, values: dict[str, Any]) -> None:
    """Run a statement that takes no parameters: the database itself builds it from `values`, quoting what needs it."""
    statement = await connection.scalar(builder, values)
    await patiently(connection.exec_driver_sql, str(statement))
