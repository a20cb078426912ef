"""The health check against a server that really has the fault: found, worded, and gone when its command was run."""

import asyncio
from datetime import datetime, timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import utc_now
from core.diagnostics.models import Severity
from core.diagnostics.rollups.refreshing import RollupService
from core.settings import TimescaleSettings
from core.supervisor import Supervisor
from core.timescale.findings import Check, Finding
from core.timescale.service import TimescaleService
from core.users.rights import OPERATOR


@pytest.fixture
def live(engine: AsyncEngine, redis: Redis) -> TimescaleService:
    return TimescaleService(engine, utc_now, TimescaleSettings(), redis, rollups=RollupService(engine))


async def finding(live: TimescaleService, check: Check) -> Finding | None:
    return next((one for one in (await live.health(OPERATOR)).findings if one.check is check), None)


async def test_who_waits_for_a_lock_is_found_with_whoever_holds_it(
    live: TimescaleService, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.timescale.findings.LONG_WAIT", timedelta(seconds=0.2))
    async with engine.connect() as holder, engine.connect() as waiter:
        pid = await holder.scalar(text("SELECT pg_backend_pid()"))
        await holder.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        waiting = Supervisor().start(waiter.execute(text("SELECT count(*) FROM users")), name="waiting")
        async with asyncio.timeout(30):
            while (found := await finding(live, Check.LOCKS)) is None:
                await asyncio.sleep(0.1)
        await holder.rollback()
        await waiting
    assert str(pid) in str(found.evidence["blockers"]).split(", ")
    assert "pg_terminate_backend" in (found.command or "")


async def test_dead_rows_are_found_and_the_named_command_removes_them(
    live: TimescaleService, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.timescale.health._BLOAT_LEAST", 1000)
    async with engine.begin() as connection:
        await connection.execute(text('CREATE TABLE "Swollen" (n int) WITH (autovacuum_enabled = false)'))
        await connection.execute(text('INSERT INTO "Swollen" SELECT generate_series(1, 5000)'))
    async with engine.begin() as connection:
        await connection.execute(text('DELETE FROM "Swollen" WHERE n > 1000'))
    async with asyncio.timeout(30):  # the server tells its statistics a moment later
        while (found := await finding(live, Check.BLOAT)) is None:
            await asyncio.sleep(0.2)
    assert found.evidence == {"table": 'public."Swollen"', "dead": 4000, "percent": 80}
    assert found.command is not None
    statement = found.command.partition("-c '")[2].rstrip("'")
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql(statement)
    async with asyncio.timeout(30):
        while await finding(live, Check.BLOAT) is not None:
            await asyncio.sleep(0.2)


async def test_a_clock_that_is_off_is_found(engine: AsyncEngine, redis: Redis) -> None:
    def slow() -> datetime:
        return utc_now() - timedelta(seconds=30)

    found = await finding(TimescaleService(engine, slow, TimescaleSettings(), redis), Check.CLOCK)
    assert found is not None
    assert found.evidence["seconds"] == pytest.approx(30, abs=3)


async def test_maintenance_that_failed_is_found_until_one_of_its_kind_succeeds(
    live: TimescaleService, engine: AsyncEngine
) -> None:
    async def ended(state: str, at: datetime) -> None:
        values = {"state": state, "at": at}
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO maintenance_operations (kind, table_name, state, ended_at) "
                    "VALUES ('clean', 'public.sensor_data', :state, :at)"
                ),
                values,
            )

    await ended("failed", utc_now() - timedelta(hours=3))
    found = await finding(live, Check.OPERATION_FAILED)
    assert found is not None
    assert found.evidence["kind"] == "clean"
    await ended("done", utc_now() - timedelta(hours=2))
    assert await finding(live, Check.OPERATION_FAILED) is None


@pytest.mark.parametrize("age", [timedelta(hours=1), timedelta(days=400)])
async def test_roll_ups_lag_by_how_long_readings_wait_not_by_how_old_they_are(
    live: TimescaleService, engine: AsyncEngine, age: timedelta
) -> None:
    hour = (utc_now() - age).replace(minute=0, second=0, microsecond=0)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO rollup_marks (sensor_id, hour, since, until) VALUES (1, :at, :at, :at)"), {"at": hour}
        )
    assert await finding(live, Check.AGGREGATE_LAGS) is None  # it has only just come
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE rollup_marks SET marked_at = now() - INTERVAL '3 hours'"))
    found = await finding(live, Check.AGGREGATE_LAGS)
    assert found is not None
    assert (found.severity, found.evidence) == (Severity.WARNING, {"name": "roll-ups", "hours": 3.0})
    await RollupService(engine).refresh()
    assert await finding(live, Check.AGGREGATE_LAGS) is None
