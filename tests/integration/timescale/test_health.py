"""The health check finds what is wrong, with evidence and the command that mends it, and words it in both languages."""

import asyncio
from datetime import timedelta
from html import escape
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n import text_for
from bot.views.health import health_html, health_lines
from core.clock import utc_now
from core.database import SessionFactory
from core.diagnostics.models import Severity
from core.diagnostics.rollups.refreshing import RollupService
from core.jobs import FailedJob, Queue
from core.settings import TimescaleSettings
from core.timescale.edition import Edition
from core.timescale.findings import Check, Finding
from core.timescale.health import HealthReport
from core.timescale.maintenance import TableLockedError
from core.timescale.service import TimescaleService
from core.users.rights import OPERATOR


@pytest.fixture
def live(engine: AsyncEngine, redis: Redis) -> TimescaleService:
    """The caretaker by the real clock: the server's is compared with it."""
    rollups = RollupService(engine)
    return TimescaleService(engine, utc_now, TimescaleSettings(chunks_ahead=2), redis, rollups=rollups)


def found(report: HealthReport, check: Check) -> Finding | None:
    return next((finding for finding in report.findings if finding.check is check), None)


async def all_workers_alive(redis: Redis) -> None:
    for queue in Queue:
        await redis.set(f"{queue}:health-check", "alive")


async def add_sensor(engine: AsyncEngine, age: timedelta) -> None:
    """Add a machine with one sensor, whose only reading is `age` old."""
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO systems (code, names, kind) VALUES ('press', '{}', 'press')"))
        sensor = await connection.scalar(
            text(
                "INSERT INTO sensors (system_id, code, names, quantity, unit) "
                "SELECT id, 'p1', '{}', 'pressure', 'bar' FROM systems RETURNING id"
            )
        )
        reading = {"sensor": sensor, "time": utc_now() - age}
        await connection.execute(text("INSERT INTO sensor_data VALUES (:sensor, :time, 160.0)"), reading)


async def test_a_well_database_has_no_finding_worth_a_warning(
    live: TimescaleService, engine: AsyncEngine, redis: Redis
) -> None:
    await all_workers_alive(redis)
    await add_sensor(engine, timedelta(minutes=1))
    await live.ensure_partitions_ahead(OPERATOR)
    report = await live.health(OPERATOR)
    # A clone of the template may hold a job of TimescaleDB's that was ended when the template was sealed.
    faults = [one for one in report.findings if one.check is not Check.DATABASE_JOB]
    assert [finding for finding in faults if finding.severity is not Severity.INFO] == []
    assert report.readings is not None
    assert report.readings.newest is not None
    assert report.server.database_bytes > 1_000_000


@pytest.mark.timescale
async def test_background_jobs_that_the_apache_licence_refuses_are_no_finding(
    live: TimescaleService, engine: AsyncEngine
) -> None:
    if (await live.health(OPERATOR)).kind.edition is not Edition.APACHE:
        pytest.skip("only the Apache edition refuses its own jobs")
    async with engine.begin() as connection:  # as its scheduler leaves it, at a moment of its choosing
        await connection.execute(text("DELETE FROM _timescaledb_internal.bgw_job_stat"))
        await connection.execute(
            text(
                "INSERT INTO _timescaledb_internal.bgw_job_stat VALUES (3, now(), now(), now(), '-infinity', false, "
                "1, '0', '0', 0, 1, 0, 1, 0)"
            )
        )
    assert found(await live.health(OPERATOR), Check.DATABASE_JOB) is None


async def test_a_silent_worker_is_named_with_the_command_that_starts_it(live: TimescaleService, redis: Redis) -> None:
    await all_workers_alive(redis)
    await redis.delete("diagnostics:health-check")
    await redis.zadd("diagnostics", {"job": 1})
    finding = found(await live.health(OPERATOR), Check.WORKER)
    assert finding is not None
    assert finding.evidence == {"queue": "diagnostics", "waiting": 1}
    assert finding.command == "python -m workers diagnostics"


async def test_an_unreachable_redis_is_critical_and_the_rest_is_still_reported(engine: AsyncEngine) -> None:
    nowhere = Redis.from_url("unix:///nonexistent/valkey.sock")
    report = await TimescaleService(engine, utc_now, TimescaleSettings(), nowhere).health(OPERATOR)
    await nowhere.aclose()
    assert report.worst is Severity.CRITICAL
    assert report.findings[0].check is Check.REDIS
    assert report.server.max_connections > 0


async def test_a_locked_table_is_a_finding_and_does_not_hold_the_check_up(
    live: TimescaleService, engine: AsyncEngine
) -> None:
    await add_sensor(engine, timedelta(minutes=1))
    async with engine.connect() as other:
        holder = await other.scalar(text("SELECT pg_backend_pid()"))
        await other.execute(text("LOCK TABLE sensor_data IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(60):
            report = await live.health(OPERATOR)
            with pytest.raises(TableLockedError):
                await live.get_hypertable_stats(OPERATOR)
        await other.rollback()
    finding = found(report, Check.LOCKED)
    assert finding is not None
    assert (report.worst, report.readings) == (Severity.CRITICAL, None)
    assert finding.evidence["blockers"] == str(holder)
    assert f"pg_terminate_backend({holder})" in (finding.command or "")
    assert health_html(report, text_for("ru"), ZoneInfo("UTC"))
    assert found(await live.health(OPERATOR), Check.LOCKED) is None


async def test_looking_leaves_no_limit_behind(live: TimescaleService, engine: AsyncEngine) -> None:
    await live.get_hypertable_stats(OPERATOR)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SHOW lock_timeout")) == "0"
        assert await connection.scalar(text("SHOW statement_timeout")) == "0"


async def test_silence_of_all_sensors_is_found(live: TimescaleService, engine: AsyncEngine) -> None:
    assert found(await live.health(OPERATOR), Check.NO_READINGS) is not None
    await add_sensor(engine, timedelta(hours=5))
    finding = found(await live.health(OPERATOR), Check.READINGS_SILENT)
    assert finding is not None
    assert finding.evidence == {"hours": 5.0}


async def test_jobs_that_gave_up_are_counted_for_a_day(live: TimescaleService, sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        for hours in (1, 23, 25):
            session.add(
                FailedJob(
                    failed_at=utc_now() - timedelta(hours=hours),
                    queue="users",
                    function="f",
                    job_id="1",
                    error="e",
                    attempts=1,
                )
            )
    finding = found(await live.health(OPERATOR), Check.FAILED_JOBS)
    assert finding is not None
    assert finding.evidence == {"count": 2}


@pytest.mark.timescale
async def test_missing_chunks_ahead_are_found_and_the_named_command_mends_it(live: TimescaleService) -> None:
    finding = found(await live.health(OPERATOR), Check.CHUNKS_AHEAD)
    assert finding is not None
    assert finding.command == "hydrodiag timescale ensure"
    await live.ensure_partitions_ahead(OPERATOR)
    assert found(await live.health(OPERATOR), Check.CHUNKS_AHEAD) is None


@pytest.mark.timescale
async def test_readings_outside_a_hypertable_are_found(plain_engine: AsyncEngine, redis: Redis) -> None:
    async with plain_engine.begin() as connection:
        await connection.execute(text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    report = await TimescaleService(plain_engine, utc_now, TimescaleSettings(), redis).health(OPERATOR)
    finding = found(report, Check.NOT_A_HYPERTABLE)
    assert finding is not None
    assert finding.command == "hydrodiag timescale adopt"


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_report_is_worded_for_a_phone(live: TimescaleService, language: str) -> None:
    report = await live.health(OPERATOR)
    text = text_for(language)
    html = health_html(report, text, ZoneInfo("Europe/Moscow"))
    assert len(html) < 4096
    assert all(f"<code>{escape(f.command)}</code>" in html for f in report.findings if f.command)
    lines = health_lines(report, text, ZoneInfo("UTC"))
    assert any(report.kind.postgres in line for line in lines)
