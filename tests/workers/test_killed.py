"""Whatever ends in the middle of an operation, worker, database session or Redis: the next run finishes the work."""

import asyncio
import signal
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.container import Container
from core.embedded import EmbeddedValkey
from core.timescale.backfill import stage
from core.timescale.caretaker import Planned
from core.timescale.models import State
from core.users.rights import OPERATOR
from tests.workers.middle import in_the_way, is_free, outcomes, start_worker, stuck, until
from workers.diagnostics import run_operation

pytestmark = [pytest.mark.timescale, pytest.mark.timeout(300)]
GRID = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


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


async def interval(engine: AsyncEngine) -> timedelta:
    query = "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'sensor_data'"
    async with engine.connect() as connection:
        found = await connection.scalar(text(query))
    assert isinstance(found, timedelta)
    return found


async def plan(container: Container, kind: str) -> Planned:
    caretaker = container.caretaking.caretaker
    match kind:
        case "ensure":
            return await caretaker.plan_range(OPERATOR, "sensor_data", GRID - 4 * WEEK, GRID - 2 * WEEK)
        case "clean":
            return await caretaker.plan_cleanup(OPERATOR, "sensor_data", timedelta(days=14))
        case "interval":
            return await caretaker.plan_interval(OPERATOR, "sensor_data", timedelta(days=1))
        case "apply":
            policies = container.caretaking.policies
            for field, days in (("compress_after", 0), ("retain_for", 14), ("chunk_interval", 14)):
                await policies.declare(OPERATOR, "sensor_data", field, timedelta(days=days))
            return await caretaker.plan_apply(OPERATOR)
        case "compress":
            return await caretaker.plan_compression(OPERATOR, "sensor_data", timedelta(days=14))
    late = [(2, GRID + n * WEEK + timedelta(hours=1), 1.0, 0) for n in range(5)]
    return await caretaker.plan_backfill(OPERATOR, await stage(container.engine, late))


KINDS = ["ensure", "clean", "backfill", "interval", "apply"]


@pytest.fixture(params=[*KINDS, pytest.param("compress", marks=pytest.mark.timescale_community)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def stop_in_the_middle(chunks: list[str], kind: str) -> tuple[str, str]:
    """Return what to lock so that the operation comes half way: the second oldest chunk, or the table itself."""
    if kind == "ensure":
        return "sensor_data", "SHARE UPDATE EXCLUSIVE"
    if kind == "interval":
        return "_timescaledb_catalog.dimension", "SHARE"
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
        case "interval":
            return await interval(engine) == timedelta(days=1)
        case "apply":
            old = await count(engine, "range_end <= '2026-02-16'")
            ahead = await count(engine, "range_start > '2026-03-02'")
            return (old, await interval(engine)) == (0, timedelta(days=14)) and ahead > 0
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
    worker = await start_worker(container, database_url, redis_url)
    try:
        async with in_the_way(engine, *await stop_in_the_middle(chunks, kind)):
            await container.caretaking.caretaker.confirm(OPERATOR, number)
            await stuck(container, number, engine)
            worker.send_signal(signal.SIGKILL)
            await worker.wait()
            assert not await finished(container, engine, kind, before)
            await until(lambda: is_free(container), 30)  # although its statement still waited for the other lock
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


async def test_redis_is_restarted_under_a_worker(container: Container, engine: AsyncEngine, database_url: str) -> None:
    chunks = await fill(engine)
    before = await count(engine)
    with tempfile.TemporaryDirectory(prefix="hydrodiag-test-") as folder:
        server = EmbeddedValkey(Path(folder) / "valkey")
        url = await server.start()
        settings = container.settings.model_copy(update={"redis_url": SecretStr(url)})
        async with Container.open(settings, clock=container.clock) as own:
            worker = await start_worker(own, database_url, url)
            caretaker = own.caretaking.caretaker

            async def is_done(number: int) -> bool:
                nonlocal worker
                if worker.returncode is not None:  # as `hydrodiag run` and Compose do
                    worker = await start_worker(own, database_url, url)
                await own.caretaking.runs.resume()  # as the schedule does every five minutes
                return (await caretaker.see(OPERATOR, number)).operation.state == State.DONE

            try:
                number = (await plan(own, "clean")).operation
                async with in_the_way(engine, chunks[1], "ROW EXCLUSIVE"):
                    await caretaker.confirm(OPERATOR, number)
                    await stuck(container, number, engine)
                    await server.stop()
                    await server.start()
                await until(lambda: is_done(number))
                following = (await plan(own, "interval")).operation
                await caretaker.confirm(OPERATOR, following)
                await until(lambda: is_done(following))
            finally:
                if worker.returncode is None:
                    worker.kill()
                await worker.wait()
                await server.stop()
    assert await count(engine) == before - 5
    assert await is_free(container)
