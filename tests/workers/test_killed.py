"""Whatever ends in the middle of an operation, worker, database session or Redis: the next run finishes the work."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.container import Container
from core.embedded import EmbeddedValkey
from core.settings import child_environment
from core.timescale.backfill import stage
from core.timescale.caretaker import Planned
from core.timescale.maintenance import maintenance
from core.timescale.models import State
from core.users.models import AuditEntry
from core.users.rights import OPERATOR
from workers.diagnostics import run_operation

pytestmark = pytest.mark.timescale
GRID = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
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


async def fill(engine: AsyncEngine) -> list[str]:
    """Write a reading into each of five weeks and one of now; return the chunks, oldest first."""
    async with engine.begin() as connection:
        for moment in [*(GRID + n * WEEK for n in range(5)), datetime(2026, 3, 2, tzinfo=UTC)]:
            await connection.execute(
                text("INSERT INTO sensor_data VALUES (1, CAST(:at AS timestamptz), 1)"), {"at": moment}
            )
    async with engine.connect() as connection:
        query = (
            "SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks "
            "WHERE hypertable_name = 'sensor_data' ORDER BY range_start"
        )
        return list(await connection.scalars(text(query)))


async def count(engine: AsyncEngine, where: str = "true") -> int:
    query = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_data' AND "
    async with engine.connect() as connection:
        return int(await connection.scalar(text(query + where)) or 0)


@asynccontextmanager
async def in_the_way(engine: AsyncEngine, table: str, mode: str) -> AsyncIterator[None]:
    """Hold a lock that stops the operation in its middle."""
    async with engine.connect() as connection:
        build = "SELECT format('LOCK TABLE %s IN ' || :mode || ' MODE', CAST(:table AS regclass))"
        statement = await connection.scalar(text(build), {"mode": mode, "table": table})
        await connection.exec_driver_sql(str(statement))
        yield
        await connection.rollback()


async def until(happened: Callable[[], Any], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await happened():
            await asyncio.sleep(0.1)


async def outcomes(container: Container) -> list[str]:
    async with container.sessions() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [row.outcome for row in rows if row.action.startswith("timescale.")]


async def plan(container: Container, kind: str) -> Planned:
    caretaker = container.caretaking.caretaker
    match kind:
        case "ensure":
            return await caretaker.plan_range(OPERATOR, "sensor_data", GRID - 4 * WEEK, GRID - 2 * WEEK)
        case "clean":
            return await caretaker.plan_cleanup(OPERATOR, "sensor_data", timedelta(days=14))
        case "compress":
            return await caretaker.plan_compression(OPERATOR, "sensor_data", timedelta(days=14))
    late = [(2, GRID + n * WEEK + timedelta(hours=1), 1.0, 0) for n in range(5)]
    return await caretaker.plan_backfill(OPERATOR, await stage(container.engine, late))


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


@pytest.fixture(params=["ensure", "clean", "backfill", pytest.param("compress", marks=pytest.mark.timescale_community)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def stop_in_the_middle(chunks: list[str], kind: str) -> tuple[str, str]:
    """Return what to lock so that the operation comes half way: the second oldest chunk, or the table itself."""
    if kind == "ensure":
        return "sensor_data", "SHARE UPDATE EXCLUSIVE"
    return (chunks[1], "SHARE") if kind == "backfill" else (chunks[1], "ROW EXCLUSIVE")


async def finished(container: Container, engine: AsyncEngine, kind: str, before: int) -> bool:
    """Ask TimescaleDB, not the journal."""
    match kind:
        case "ensure":
            return await count(engine) == before + 2
        case "clean":
            return await count(engine) == before - 5
        case "compress":
            return await count(engine, "is_compressed") == 5
    async with engine.connect() as connection:
        rows = await connection.scalar(text("SELECT count(*) FROM sensor_data WHERE sensor_id = 2"))
        left = await connection.scalar(text("SELECT count(*) FROM backfill_readings"))
    return (rows, left) == (5, 0)


async def test_a_worker_killed_in_the_middle(
    container: Container, engine: AsyncEngine, database_url: str, redis_url: str, kind: str
) -> None:
    chunks = await fill(engine)
    before = await count(engine)
    number = (await plan(container, kind)).operation
    home = str(container.settings.hydrodiag_home)
    environment = child_environment(DATABASE_URL=database_url, REDIS_URL=redis_url, HYDRODIAG_HOME=home)
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, env=environment)
    try:
        async with in_the_way(engine, *await stop_in_the_middle(chunks, kind)):
            await container.caretaking.caretaker.confirm(OPERATOR, number)
            await stuck(container, number, engine)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
            assert not await finished(container, engine, kind, before)
            await until(lambda: is_free(container), 20)  # although its statement still waited for the other lock
    finally:
        if worker.returncode is None:
            worker.kill()
    assert await container.caretaking.runs.resume() == 1
    await run_operation(container, operation_id=number)
    assert await finished(container, engine, kind, before)
    assert await outcomes(container) == ["confirmed", "interrupted", "done"]
    assert await is_free(container)


async def test_the_database_ends_its_sessions_in_the_middle(
    container: Container, engine: AsyncEngine, kind: str
) -> None:
    """As a restart does: 57P01 to everybody."""
    chunks = await fill(engine)
    before = await count(engine)
    number = (await plan(container, kind)).operation
    await container.caretaking.caretaker.confirm(OPERATOR, number)
    async with in_the_way(engine, *await stop_in_the_middle(chunks, kind)):
        run = asyncio.gather(run_operation(container, operation_id=number), return_exceptions=True)
        await stuck(container, number, engine)
        async with engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            )
        (lost,) = await run
    assert lost is not None
    assert (await container.caretaking.caretaker.see(OPERATOR, number)).operation.state == State.INTERRUPTED
    await run_operation(container, operation_id=number)
    assert await finished(container, engine, kind, before)
    assert await outcomes(container) == ["confirmed", "interrupted", "done"]


async def test_an_order_that_redis_lost_is_found_in_the_journal(container: Container, engine: AsyncEngine) -> None:
    await fill(engine)
    before = await count(engine)
    number = (await plan(container, "clean")).operation
    await container.caretaking.caretaker.confirm(OPERATOR, number)
    await container.redis.flushall()
    assert await container.caretaking.runs.resume() == 1
    assert await container.redis.zcard("diagnostics") == 1
    await run_operation(container, operation_id=number)
    assert await count(engine) == before - 5


async def test_redis_is_restarted_in_the_middle(container: Container, engine: AsyncEngine) -> None:
    chunks = await fill(engine)
    before = await count(engine)
    with tempfile.TemporaryDirectory(prefix="hydrodiag-test-") as folder:
        server = EmbeddedValkey(Path(folder) / "valkey")
        url = await server.start()
        settings = container.settings.model_copy(update={"redis_url": SecretStr(url)})
        async with Container.open(settings, clock=container.clock) as own:
            number = (await plan(own, "clean")).operation
            await own.caretaking.caretaker.confirm(OPERATOR, number)
            async with in_the_way(engine, chunks[1], "ROW EXCLUSIVE"):
                run = asyncio.gather(run_operation(own, operation_id=number), return_exceptions=True)
                await stuck(container, number, engine)
                await server.stop()
            (ended,) = await run
            assert ended is None
            seen = await own.caretaking.caretaker.see(OPERATOR, number)
            assert seen.operation.state == State.DONE
    assert await count(engine) == before - 5
