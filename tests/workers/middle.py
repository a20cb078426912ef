"""Operations caught in their middle, and what is left of them."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.container import Container
from core.settings import child_environment
from core.timescale.maintenance import maintenance
from core.timescale.models import State
from core.users.models import AuditEntry
from core.users.rights import OPERATOR

WORKER = """
import asyncio
from core.container import Container
from core.jobs import Queue
from core.settings import load_process_settings
from workers.worker import create_worker

async def serve():
    async with Container.open(load_process_settings("a worker", "database_url", "redis_url")) as container:
        await create_worker(container, Queue.DIAGNOSTICS, scheduled=False).async_run()

asyncio.run(serve())
"""
"""A worker as in production, without what runs by the clock, which would get in the way of what is tested."""


async def start_worker(container: Container, database_url: str, redis_url: str) -> asyncio.subprocess.Process:
    """Start a worker process."""
    home = str(container.settings.hydrodiag_home)
    environment = child_environment(DATABASE_URL=database_url, REDIS_URL=redis_url, HYDRODIAG_HOME=home)
    return await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, env=environment)


@asynccontextmanager
async def in_the_way(engine: AsyncEngine, table: str, mode: str) -> AsyncIterator[None]:
    """Hold a lock that stops the operation in its middle."""
    async with engine.connect() as connection:
        build = "SELECT format('LOCK TABLE %s IN ' || :mode || ' MODE', CAST(:table AS regclass))"
        statement = await connection.scalar(text(build), {"mode": mode, "table": table})
        await connection.exec_driver_sql(str(statement))
        yield
        await connection.rollback()


async def until(happened: Callable[[], Awaitable[bool]], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not await happened():
            await asyncio.sleep(0.1)


async def outcomes(container: Container) -> list[str]:
    async with container.sessions() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ours = [row for row in rows if row.action.startswith("timescale.") and row.action != "timescale.declare"]
        return [row.outcome for row in ours]


async def stuck(container: Container, number: int, engine: AsyncEngine) -> None:
    """Wait until the operation runs and waits for the lock in its way."""

    async def waits() -> bool:
        seen = await container.caretaking.caretaker.see(OPERATOR, number)
        async with engine.connect() as connection:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            waiting = await connection.scalar(text(query))
        return seen.operation.state == State.RUNNING and bool(waiting)

    await until(waits)


async def is_free(container: Container) -> bool:
    """Tell whether the maintenance lock can be had."""
    settings = container.settings.timescale
    try:
        async with maintenance(container.engine, settings, "sensor_data"):
            return True
    except Exception as error:
        assert "under way" in str(error)  # noqa: PT017 - anything else is a fault
        return False
