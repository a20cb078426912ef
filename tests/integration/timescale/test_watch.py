"""Admins hear when the database worsens and when it is well again; what is overdue is found; growth is measured."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from bot.i18n import text_for
from bot.views.notifications import notification
from core.container import Container
from core.jobs import Queue
from core.outbox import Notice, OutboxMessage
from core.settings import Settings, TimescaleSettings
from core.timescale.findings import Check, Finding
from core.timescale.models import StatsSnapshot
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.fakes.clock import SettableClock

ADMIN, ENGINEER = 11, 12


@pytest.fixture
async def container(
    tmp_path: Path, database_url: str, redis_url: str, clock: SettableClock
) -> AsyncIterator[Container]:
    settings = Settings(
        _env_file=None,
        hydrodiag_home=tmp_path,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        timescale=TimescaleSettings(retain_days=60, compress_after_days=14, disk_gb=100),
    )
    async with Container.open(settings, clock=clock) as container:
        async with container.engine.connect() as connection:
            clock.now = await connection.scalar(text("SELECT now()"))
        await container.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna", language="en")
        await container.users.enrol(OPERATOR, ENGINEER, Role.ENGINEER, name="Ivan", language="ru")
        for queue in Queue:
            await container.redis.set(f"{queue}:health-check", "alive")
        yield container


async def told(container: Container) -> list[tuple[int, str, list[str]]]:
    async with container.sessions() as session:
        rows = await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        return [(row.chat_id, row.kind, [one["check"] for one in row.payload["findings"]]) for row in rows]


async def fill(container: Container, days: int) -> None:
    """Write a reading a day, up to now."""
    async with container.engine.begin() as connection:
        for day in range(days):
            reading = {"at": container.clock() - timedelta(days=day)}
            await connection.execute(text("INSERT INTO sensor_data VALUES (1, CAST(:at AS timestamptz), 1)"), reading)


def of(findings: tuple[Finding, ...], check: Check) -> Finding | None:
    return next((one for one in findings if one.check is check), None)


async def test_admins_hear_once_when_it_worsens_and_once_when_it_is_well(container: Container) -> None:
    watch = container.caretaking.watch
    await watch.check()
    before = len(await told(container))
    await container.redis.delete("users:health-check")
    await watch.check()
    await watch.check()
    assert (await told(container))[before:] == [(ADMIN, Notice.HEALTH_WORSE, [Check.WORKER])]
    await container.redis.set("users:health-check", "alive")
    await watch.check()
    await watch.check()
    assert (await told(container))[before + 1 :] == [(ADMIN, Notice.HEALTH_RECOVERED, [Check.WORKER])]


@pytest.mark.parametrize(("language", "words"), [("en", "Well again"), ("ru", "Снова в порядке")])
async def test_the_messages_are_worded(container: Container, language: str, words: str) -> None:
    await container.redis.delete("users:health-check")
    await container.caretaking.watch.check()
    await container.redis.set("users:health-check", "alive")
    await container.caretaking.watch.check()
    async with container.sessions() as session:
        rows = (await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))).all()
    worse, well = (notification(row.kind, row.payload, text_for(language))[0] for row in rows)
    assert "python -m workers users" in worse
    assert words in well


@pytest.mark.timescale
async def test_overdue_retention_is_found_with_the_command_that_mends_it(container: Container) -> None:
    await fill(container, 100)
    found = of((await container.timescale.health(OPERATOR)).findings, Check.RETENTION_OVERDUE)
    assert found is not None
    assert found.command == "hydrodiag timescale apply public.sensor_data"
    assert found.evidence["days"] == 60
    await container.caretaking.holds.place(
        OPERATOR, "sensor_data", container.clock() - timedelta(days=400), container.clock(), "insurance"
    )
    assert of((await container.timescale.health(OPERATOR)).findings, Check.RETENTION_OVERDUE) is None


@pytest.mark.timescale_community
async def test_failing_jobs_overdue_chunks_and_a_lagging_aggregate_are_each_found(container: Container) -> None:
    await fill(container, 100)
    async with container.engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        for statement in (
            "CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS SELECT time_bucket('1 day', time) AS day, "
            "avg(value) FROM sensor_data GROUP BY 1 WITH NO DATA",
            "CREATE PROCEDURE failing(job_id int, config jsonb) LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$",
        ):
            await connection.execute(text(statement))
        job = await connection.scalar(text("SELECT add_job('failing', '1 day')"))
        status = "SELECT last_run_status FROM timescaledb_information.job_stats WHERE job_id = :job"
        async with asyncio.timeout(60):  # TimescaleDB's scheduler runs it soon
            while await connection.scalar(text(status), {"job": job}) != "Failed":
                await asyncio.sleep(0.5)
    findings = (await container.timescale.health(OPERATOR)).findings
    failing = {one.evidence["id"]: one.evidence["error"] for one in findings if one.check is Check.DATABASE_JOB}
    assert "the disk is on fire" in str(failing[job])
    for check in (Check.RETENTION_OVERDUE, Check.COMPRESSION_OVERDUE):
        assert of(findings, check) is not None, check
    lagging = [one for one in findings if one.check is Check.AGGREGATE_LAGS and one.evidence["name"] == "public.daily"]
    assert len(lagging) == 1
    assert "refresh_continuous_aggregate" in (lagging[0].command or "")
    assert "NULL, NULL" not in (lagging[0].command or "")  # which would forget what was read of dropped chunks


async def test_growth_and_the_days_until_the_disk_is_full_come_from_snapshots(container: Container) -> None:
    now = container.clock()
    table = (await container.timescale.get_hypertable_stats(OPERATOR)).table
    async with container.sessions.begin() as session:
        for hours in range(49):
            size = 10**9 * hours // 24
            session.add(
                StatsSnapshot(
                    table_name=table,
                    taken_at=now - timedelta(hours=48 - hours),
                    table_bytes=size,
                    index_bytes=0,
                    toast_bytes=0,
                    total_bytes=size,
                    rows=0,
                    chunks=1,
                    compressed=0,
                    disk_free_bytes=5 * 10**9,
                    inserted=hours * 3600 * 20,
                )
            )
    growth = (await container.timescale.get_hypertable_stats(OPERATOR)).growth
    assert growth.bytes_per_day == pytest.approx(1e9, rel=0.01)
    assert growth.rows_per_s == pytest.approx(20, rel=0.01)
    assert growth.days_until_full == pytest.approx(5, rel=0.02)
    disk = of((await container.timescale.health(OPERATOR)).findings, Check.DISK)
    assert disk is not None
    assert disk.severity == "critical"


async def test_a_snapshot_an_hour_is_kept_of_the_readings(container: Container, clock: SettableClock) -> None:
    await fill(container, 3)
    await container.caretaking.snapshots.take()
    await container.caretaking.snapshots.take()
    clock.now += timedelta(hours=1)
    await container.caretaking.snapshots.take()
    async with container.sessions() as session:
        kept = (await session.scalars(select(StatsSnapshot).order_by(StatsSnapshot.taken_at))).all()
    assert len(kept) == 2
    assert kept[0].total_bytes > 0
    assert 0 < (kept[0].disk_free_bytes or 0) < 100e9
