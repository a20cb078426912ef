"""`hydrodiag timescale ... --json`: what scripts read."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from cli.__main__ import app
from core.clock import utc_now
from core.container import Container
from core.settings import Settings

pytestmark = pytest.mark.timescale


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return {"HYDRODIAG_HOME": str(tmp_path), "DATABASE_URL": database_url, "REDIS_URL": redis_url}


async def run(environment: dict[str, str], *words: str) -> tuple[int, Any]:
    """Run a command, in a thread: it has an event loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["timescale", *words, "--json"], env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, orjson.loads(done.stdout)


async def fill(engine: AsyncEngine, weeks: int) -> None:
    async with engine.begin() as connection:
        for week in range(weeks):
            reading = {"at": utc_now() - timedelta(weeks=week)}
            await connection.execute(text("INSERT INTO sensor_data VALUES (1, CAST(:at AS timestamptz), 1)"), reading)


async def starts(engine: AsyncEngine) -> list[Any]:
    query = (
        "SELECT range_start FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_data' "
        "ORDER BY range_start"
    )
    async with engine.connect() as connection:
        return list(await connection.scalars(text(query)))


async def test_a_plan_is_printed_and_only_yes_does_it(engine: AsyncEngine, environment: dict[str, str]) -> None:
    await fill(engine, 6)
    before = await starts(engine)
    code, planned = await run(environment, "retention", "--older-than", "21d")
    assert (code, planned["state"]) == (0, "planned")
    names = {one["chunk"]["name"] for one in planned["plan"]["plan"]["chunks"]}
    assert names
    assert await starts(engine) == before
    code, done = await run(environment, "retention", "--older-than", "21d", "--yes")
    assert (code, done["state"]) == (0, "done")
    assert {one["chunk"] for one in done["result"]["dropped"]} == names
    assert len(await starts(engine)) == len(before) - len(names)
    _, jobs = await run(environment, "jobs")
    assert [(one["kind"], one["state"]) for one in jobs] == [("clean", "done")]


async def test_a_plan_can_be_confirmed_and_given_up_by_its_number(
    engine: AsyncEngine, environment: dict[str, str]
) -> None:
    await fill(engine, 6)
    before = len(await starts(engine))
    (_, first), (_, second) = [await run(environment, "retention", "--older-than", "21d") for _ in range(2)]
    code, given_up = await run(environment, "cancel", str(first["plan"]["operation"]))
    assert (code, given_up["operation"]["state"]) == (0, "cancelled")
    code, refused = await run(environment, "confirm", str(first["plan"]["operation"]))
    assert (code, refused["error"]) == (1, "timescale-error-stale-plan")
    assert len(await starts(engine)) == before
    code, done = await run(environment, "confirm", str(second["plan"]["operation"]))
    assert (code, done["state"]) == (0, "done")
    assert len(await starts(engine)) < before


async def test_chunks_ahead_are_told_as_json(engine: AsyncEngine, environment: dict[str, str]) -> None:
    code, made = await run(environment, "ensure")
    assert (code, len(made["created"])) == (0, len(await starts(engine)))
    code, adopted = await run(environment, "adopt")
    assert (code, adopted["changed"]) == (0, False)


async def test_chunks_and_stats_are_those_of_the_database(engine: AsyncEngine, environment: dict[str, str]) -> None:
    await fill(engine, 3)
    _, chunks = await run(environment, "chunks")
    assert len(chunks) == len(await starts(engine))
    _, stats = await run(environment, "stats")
    assert stats["partitioning"]["chunks"] == len(chunks)
    assert stats["partitioning"]["interval"] == 7 * 86400


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("retention", 'x"; drop table users; --', "--older-than", "1d"), "timescale-error-no-table"),
        (("partitions", "public.USERS"), "timescale-error-no-hypertable"),
        (("partitions", '"Users"'), "timescale-error-no-table"),
        (("partitions", "pg_catalog.pg_stat_activity"), "timescale-error-not-a-table"),
        (("chunks", "sensor_minutes"), "timescale-error-not-a-table"),
        (("compress", 'x"; drop table users; --', "--older-than", "1d"), "timescale-error-no-table"),
        (("policy", 'x"; drop table users; --', "--retain", "1d"), "timescale-error-no-table"),
        (("stats", "nowhere.sensor_data"), "timescale-error-no-table"),
        (("policy", "--chunk", "-1 day"), "timescale-error-bad-interval"),
        (("policy", "--retain", "99999 centuries"), "timescale-error-bad-policy"),
        (("interval", "public.sensor_data", "abc"), "timescale-error-bad-span"),
        (("retention", "--older-than", "-1 day"), "timescale-error-bad-range"),
        (("interval", "sensor_data", "1 century"), "timescale-error-bad-interval"),
        (("retention", "--older-than", "abc"), "timescale-error-bad-span"),
    ],
)
async def test_hostile_words_are_clear_errors(environment: dict[str, str], words: tuple[str, ...], error: str) -> None:
    code, answer = await run(environment, *words)
    assert (code, answer["error"]) == (1, error)


@pytest.mark.timescale_community
async def test_health_as_json_finds_failing_jobs_overdue_chunks_and_a_lagging_aggregate(
    engine: AsyncEngine, environment: dict[str, str]
) -> None:
    await fill(engine, 15)
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        for statement in (
            "CREATE MATERIALIZED VIEW \"Daily\" WITH (timescaledb.continuous) AS SELECT time_bucket('1 day', time) "
            "AS day, avg(value) FROM sensor_data GROUP BY 1 WITH NO DATA",
            "CREATE PROCEDURE failing(job_id int, config jsonb) LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$",
        ):
            await connection.execute(text(statement))
        job = await connection.scalar(text("SELECT add_job('failing', '1 day')"))
        status = "SELECT last_run_status FROM timescaledb_information.job_stats WHERE job_id = :job"
        async with asyncio.timeout(120):  # TimescaleDB's scheduler runs it soon
            while await connection.scalar(text(status), {"job": job}) != "Failed":
                await asyncio.sleep(0.5)
        old = "SELECT count(*) FROM timescaledb_information.chunks WHERE range_end < now() - INTERVAL '62 days'"
        overdue = await connection.scalar(text(old + " AND hypertable_name = 'sensor_data'"))
    limits = {"TIMESCALE__RETAIN_DAYS": "60", "TIMESCALE__COMPRESS_AFTER_DAYS": "14"}
    _, report = await run(environment | limits, "health")
    found = {
        (one["check"], one["evidence"].get("name") or one["evidence"].get("table")): one for one in report["findings"]
    }
    assert "the disk is on fire" in found["database-job", "failing"]["evidence"]["error"]
    assert found["retention-overdue", "public.sensor_data"]["evidence"]["count"] == overdue
    assert found["compression-overdue", "public.sensor_data"]["evidence"]["count"] > 0
    assert "refresh_continuous_aggregate" in found["aggregate-lags", 'public."Daily"']["command"]
    assert all(one["severity"] and one["evidence"] and one["command"] for one in report["findings"])


async def test_nothing_is_dropped_whole_that_is_not_named(engine: AsyncEngine, environment: dict[str, str]) -> None:
    async with engine.begin() as connection:
        reading = {"at": utc_now() - timedelta(weeks=9)}
        await connection.execute(text("INSERT INTO sensor_data VALUES (1, CAST(:at AS timestamptz), 1)"), reading)
    words = ["retention", "--older-than", "1d", "--yes"]
    _, refused = await run(environment, *words)
    assert refused["error"] == "timescale-error-drops-everything"
    done = await asyncio.to_thread(CliRunner().invoke, app, ["timescale", *words, "--everything"], env=environment)
    assert (done.exit_code, len(await starts(engine))) == (2, 1)
    code, _ = await run(environment, words[0], "sensor_data", *words[1:], "--everything")
    assert (code, await starts(engine)) == (0, [])


async def test_late_readings_come_from_a_file(engine: AsyncEngine, environment: dict[str, str], tmp_path: Path) -> None:
    late = utc_now() - timedelta(days=40)
    file = tmp_path / "late.csv"
    file.write_text(f"sensor_id,time,value\n1,{late.isoformat()},5.5\n1,{late.isoformat()},6.5\n")
    code, done = await run(environment, "backfill", str(file), "--yes")
    assert (code, done["result"]["written"][0]["rows"]) == (0, 1)
    async with engine.connect() as connection:
        value = await connection.scalar(text("SELECT value FROM sensor_data WHERE time = :at"), {"at": late})
    assert value == 6.5
    words = ["timescale", "backfill", str(file)]
    declined = await asyncio.to_thread(CliRunner().invoke, app, words, env=environment, input="n\n")
    assert "late readings" in declined.stdout or "опоздавшие показания" in declined.stdout
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM backfill_readings")) == 1
    settings = Settings(
        _env_file=None,
        hydrodiag_home=tmp_path,
        database_url=SecretStr(environment["DATABASE_URL"]),
        redis_url=SecretStr(environment["REDIS_URL"]),
    )
    async with Container.open(settings) as container:
        await container.caretaking.caretaker.upkeep()
    async with engine.connect() as connection:  # what was not wanted is not kept
        assert await connection.scalar(text("SELECT count(*) FROM backfill_readings")) == 0
    file.write_text("sensor_id,time,value\n1,yesterday,5.5\n")
    _, refused = await run(environment, "backfill", str(file), "--yes")
    assert refused["error"] == "timescale-error-bad-reading"
