"""Compression on the Community edition: chosen, explained, chunk by chunk; proven through TimescaleDB's own views."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n import text_for
from bot.views.operations import sight
from core.container import Container
from core.timescale.compression import ChunksFailedError
from core.timescale.models import State
from core.timescale.service import TimescaleService
from core.users.rights import OPERATOR

pytestmark = pytest.mark.timescale_community
WEEK = timedelta(days=7)
GRID = datetime(2026, 2, 26, tzinfo=UTC)


async def fill(engine: AsyncEngine, start: datetime, weeks: int, *, sensors: int = 3) -> None:
    """Write a reading a minute of each sensor."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO sensor_data SELECT s, CAST(:start AS timestamptz) + i * INTERVAL '1 min', i % 7 "
                "FROM generate_series(1, :sensors) s, generate_series(0, :last) i"
            ),
            {"start": start, "sensors": sensors, "last": weeks * 7 * 1440 - 1},
        )


async def compressed(engine: AsyncEngine) -> list[bool]:
    async with engine.connect() as connection:
        found = await connection.scalars(
            text(
                "SELECT is_compressed FROM timescaledb_information.chunks "
                "WHERE hypertable_name = 'sensor_data' ORDER BY range_start"
            )
        )
        return list(found)


async def test_old_chunks_shrink_and_the_young_stay(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await fill(engine, GRID - 2 * WEEK, 3)
    report = await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))
    assert [chunk.chunk.start for chunk in report.compressed] == [GRID - 2 * WEEK, GRID - WEEK]
    assert all(chunk.bytes_after < chunk.bytes_before for chunk in report.compressed)
    assert await compressed(engine) == [True, True, False]
    again = await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))
    assert (again.compressed, again.failed, again.choice.reason) == ((), (), "kept")


async def test_the_choice_is_by_sensor_and_says_why(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await fill(engine, GRID - 2 * WEEK, 1)
    choice = (await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))).choice
    assert (choice.segmentby, choice.orderby, choice.reason) == ("sensor_id", '"time" DESC', "by-key")
    assert (choice.segments, choice.rows_per_segment) == (3, 7 * 1440)
    async with engine.connect() as connection:
        settings = await connection.execute(
            text("SELECT attname, segmentby_column_index FROM timescaledb_information.compression_settings")
        )
        assert {row.attname: row.segmentby_column_index for row in settings} == {"sensor_id": 1, "time": None}


async def test_segments_too_thin_to_pay_are_not_made(timescale: TimescaleService, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO sensor_data SELECT s, CAST(:at AS timestamptz), 1.0 FROM generate_series(1, 5000) s"),
            {"at": GRID - WEEK},
        )
    choice = (await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))).choice
    assert (choice.segmentby, choice.reason) == ("", "too-thin")
    assert choice.orderby == 'sensor_id, "time" DESC'


async def test_late_readings_make_a_chunk_due_again(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await fill(engine, GRID - 2 * WEEK, 1)
    await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO sensor_data VALUES (9, CAST(:at AS timestamptz), 1.0)"), {"at": GRID - 2 * WEEK}
        )
    again = await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))
    assert len(again.compressed) == 1


async def freeze_oldest(engine: AsyncEngine) -> str:
    """Make the oldest chunk take no change: compression of it fails, as it does for a damaged one."""
    async with engine.begin() as connection:
        chunk = await connection.scalar(
            text("SELECT show_chunks('sensor_data', older_than => CAST(:end AS timestamptz))::text"),
            {"end": GRID - 2 * WEEK},
        )
        await connection.execute(
            text("SELECT _timescaledb_functions.freeze_chunk(CAST(:chunk AS regclass))"), {"chunk": chunk}
        )
    return str(chunk)


async def test_an_operation_with_a_chunk_that_fails_is_not_called_done(container: Container) -> None:
    await fill(container.engine, GRID - 3 * WEEK, 3)
    chunk = await freeze_oldest(container.engine)
    caretaker = container.caretaking.caretaker
    plan = await caretaker.plan_compression(OPERATOR, "sensor_data", timedelta(0))
    ended = await caretaker.run_here(OPERATOR, plan.operation)
    assert (ended.state, ended.error) == (State.FAILED, ChunksFailedError.key)
    assert [one["chunk"] for one in ended.result["failed"]] == [chunk]
    assert len(ended.result["compressed"]) == 2
    words = sight(await caretaker.see(OPERATOR, plan.operation), OPERATOR, text_for("ru")).words
    assert "Не удалось сжать чанков: 1" in words


async def test_a_chunk_that_fails_is_reported_and_the_others_go_on(
    timescale: TimescaleService, engine: AsyncEngine
) -> None:
    await fill(engine, GRID - 3 * WEEK, 3)
    chunk = await freeze_oldest(engine)
    report = await timescale.compress_old_chunks(OPERATOR, "sensor_data", timedelta(0))
    assert [(failed.chunk.name, "frozen" in failed.error) for failed in report.failed] == [(chunk, True)]
    assert len(report.compressed) == 2
    assert await compressed(engine) == [False, True, True]
