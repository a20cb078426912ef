"""Chunks made ahead, dropped past retention: proven through TimescaleDB's own views."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import ForbiddenError
from core.settings import TimescaleSettings
from core.timescale.edition import NeedsCommunityError, NeedsTimescaleError
from core.timescale.maintenance import MaintenanceBusyError, maintenance
from core.timescale.partitions import (
    BadRangeError,
    ChunksNotCreatableError,
    TooManyChunksError,
    set_chunk_interval,
)
from core.timescale.retention import WouldDropEverythingError
from core.timescale.service import TimescaleService
from core.timescale.tables import NoSuchTableError, NotAHypertableError, NotATableError
from core.users.models import Role
from core.users.rights import OPERATOR, Actor
from tests.fakes.clock import SettableClock

WEEK = timedelta(days=7)
# Thursday, as all chunks of seven days begin.
GRID = datetime(2026, 2, 26, tzinfo=UTC)
HOSTILE = [
    'x"; DROP TABLE users; --',
    "",
    " ",
    "a.b.c.d.e",
    '"Sensor_Data"',
    "no_such",
    "'",
    "sensor_data; SELECT 1",
    "насос",
]


async def ranges(engine: AsyncEngine, table: str = "sensor_data") -> list[tuple[datetime, datetime]]:
    """Ask TimescaleDB which chunks there are."""
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT range_start, range_end FROM timescaledb_information.chunks "
                "WHERE hypertable_name = :table ORDER BY range_start"
            ),
            {"table": table},
        )
        return [(row.range_start, row.range_end) for row in found]


async def add_readings(engine: AsyncEngine, *times: datetime) -> None:
    """Add a reading of sensor 1 at each of `times`."""
    async with engine.begin() as connection:
        for time in times:
            await connection.execute(text("INSERT INTO sensor_data VALUES (1, :time, 1.0)"), {"time": time})


@pytest.mark.timescale
async def test_ensure_creates_now_and_what_the_settings_want_ahead(
    timescale: TimescaleService, engine: AsyncEngine, clock: SettableClock
) -> None:
    ensured = await timescale.ensure_partitions_ahead(OPERATOR)
    assert ensured is not None
    assert len(ensured.created) == 3
    assert await ranges(engine) == [(GRID + i * WEEK, GRID + (i + 1) * WEEK) for i in range(3)]
    assert (await timescale.health(OPERATOR)).chunks_ahead == 2


@pytest.mark.timescale
async def test_ensure_twice_creates_nothing_more(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await timescale.ensure_partitions_ahead(OPERATOR)
    before = await ranges(engine)
    again = await timescale.ensure_partitions_ahead(OPERATOR)
    assert again is not None
    assert (again.created, len(again.existing)) == ((), 3)
    assert await ranges(engine) == before


@pytest.mark.timescale
async def test_ensure_fits_between_chunks_that_inserts_made(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await add_readings(engine, GRID + 1 * WEEK, GRID + 3 * WEEK)
    ensured = await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID, GRID + 5 * WEEK)
    assert [chunk.start for chunk in ensured.created] == [GRID, GRID + 2 * WEEK, GRID + 4 * WEEK]
    assert await ranges(engine) == [(GRID + i * WEEK, GRID + (i + 1) * WEEK) for i in range(5)]


@pytest.mark.timescale
async def test_readings_land_in_chunks_made_ahead(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID, GRID + 3 * WEEK)
    before = await ranges(engine)
    await add_readings(engine, *(GRID + timedelta(days=day) for day in range(21)))
    assert await ranges(engine) == before


@pytest.mark.timescale
async def test_ensure_fills_up_around_chunks_of_another_interval(
    timescale: TimescaleService, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT set_chunk_time_interval('sensor_data', INTERVAL '2 days')"))
    await add_readings(engine, GRID + timedelta(days=3))
    async with engine.begin() as connection:
        await connection.execute(text("SELECT set_chunk_time_interval('sensor_data', INTERVAL '7 days')"))
    await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID, GRID + WEEK)
    found = await ranges(engine)
    assert (found[0][0], found[-1][1]) == (GRID, GRID + WEEK)
    assert all(left[1] == right[0] for left, right in pairwise(found))
    await add_readings(
        engine, *(GRID + timedelta(hours=hour, days=day) for day in range(7) for hour in (0, 23) if day != 3)
    )


@pytest.mark.timescale
async def test_a_range_that_is_empty_or_absurd_is_refused(timescale: TimescaleService, engine: AsyncEngine) -> None:
    with pytest.raises(BadRangeError):
        await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID, GRID)
    with pytest.raises(TooManyChunksError):
        await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID, GRID + timedelta(days=36525))
    assert await ranges(engine) == []


@pytest.mark.timescale
async def test_cleanup_drops_only_whole_chunks_past_retention(
    timescale: TimescaleService, engine: AsyncEngine, clock: SettableClock
) -> None:
    await add_readings(engine, *(GRID + timedelta(days=day) for day in range(-28, 4)))
    clock.now = GRID + timedelta(days=4)
    dropped = await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", timedelta(days=14))
    assert [chunk.chunk.start for chunk in dropped] == [GRID - 4 * WEEK, GRID - 3 * WEEK]
    assert all(chunk.bytes > 0 for chunk in dropped)
    assert await ranges(engine) == [(GRID + i * WEEK, GRID + (i + 1) * WEEK) for i in (-2, -1, 0)]
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT min(time) FROM sensor_data")) == GRID - 2 * WEEK


@pytest.mark.timescale
async def test_cleanup_refuses_to_leave_nothing_unless_told(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await add_readings(engine, GRID - 10 * WEEK)
    with pytest.raises(WouldDropEverythingError):
        await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", WEEK)
    assert len(await ranges(engine)) == 1
    await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", WEEK, leave_nothing=True)
    assert await ranges(engine) == []


@pytest.mark.timescale
async def test_chunks_made_ahead_do_not_count_as_what_is_left(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await add_readings(engine, GRID - 10 * WEEK, GRID - 9 * WEEK)
    await timescale.ensure_partitions_ahead(OPERATOR)
    before = await ranges(engine)
    with pytest.raises(WouldDropEverythingError):
        await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", WEEK)
    assert await ranges(engine) == before
    await add_readings(engine, GRID)
    assert len(await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", WEEK)) == 2


@pytest.mark.timescale
async def test_chunks_that_hold_nothing_may_all_go(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID - 10 * WEEK, GRID - 8 * WEEK)
    assert len(await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", WEEK)) == 2
    assert await ranges(engine) == []


@pytest.mark.timescale
async def test_cleanup_refuses_a_cut_off_in_the_future(timescale: TimescaleService) -> None:
    with pytest.raises(BadRangeError):
        await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", -WEEK)


@pytest.mark.timescale
async def test_apache_says_that_compression_needs_community(timescale: TimescaleService, engine: AsyncEngine) -> None:
    if (await timescale.health(OPERATOR)).kind.edition == "community":
        pytest.skip("this is the Community edition")
    await add_readings(engine, GRID - 10 * WEEK)
    with pytest.raises(NeedsCommunityError):
        await timescale.compress_old_chunks(OPERATOR, "sensor_data", WEEK)


@pytest.mark.timescale
async def test_one_maintenance_run_on_a_table_at_a_time(timescale: TimescaleService, engine: AsyncEngine) -> None:
    async with maintenance(engine, TimescaleSettings(), "public.sensor_data"):
        with pytest.raises(MaintenanceBusyError):
            await timescale.ensure_partitions_ahead(OPERATOR)
    assert await timescale.ensure_partitions_ahead(OPERATOR) is not None


@pytest.mark.timescale
async def test_a_mixed_case_hypertable_in_another_schema_is_found(
    timescale: TimescaleService, engine: AsyncEngine, clock: SettableClock
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text('CREATE SCHEMA "Plant 2"'))
        await connection.execute(text('CREATE TABLE "Plant 2"."Sensor; Data" ("Time" timestamptz NOT NULL)'))
        await connection.execute(text("""SELECT create_hypertable('"Plant 2"."Sensor; Data"', 'Time')"""))
        await connection.execute(text("""INSERT INTO "Plant 2"."Sensor; Data" VALUES (:time)"""), {"time": GRID})
    dropped = await timescale.cleanup_old_partitions(
        OPERATOR, '"Plant 2"."Sensor; Data"', timedelta(0), leave_nothing=True
    )
    assert dropped == []
    assert await ranges(engine, "Sensor; Data") == [(GRID, GRID + WEEK)]
    clock.advance(WEEK)
    await timescale.cleanup_old_partitions(OPERATOR, '"Plant 2"."Sensor; Data"', timedelta(0), leave_nothing=True)
    assert await ranges(engine, "Sensor; Data") == []


@pytest.mark.timescale
async def test_ensure_leaves_no_reading_behind(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await timescale.ensure_partitions_ahead(OPERATOR)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM sensor_data")) == 0


@pytest.mark.timescale
async def test_apache_creates_chunks_ahead_for_readings_only(timescale: TimescaleService, engine: AsyncEngine) -> None:
    if (await timescale.health(OPERATOR)).kind.edition == "community":
        pytest.skip("this is the Community edition")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE other (time timestamptz NOT NULL)"))
        await connection.execute(text("SELECT create_hypertable('other', 'time')"))
    with pytest.raises(ChunksNotCreatableError):
        await timescale.ensure_partitions_for_range(OPERATOR, "other", GRID, GRID + WEEK)


@pytest.mark.timescale
async def test_any_hypertable_tells_its_span_and_how_many_rows_it_has(
    timescale: TimescaleService, engine: AsyncEngine
) -> None:
    newest = GRID + 3 * WEEK
    async with engine.begin() as connection:
        await connection.execute(text('CREATE TABLE "Other Events" ("At" timestamptz NOT NULL)'))
        await connection.execute(
            text("SELECT create_hypertable('\"Other Events\"', 'At', create_default_indexes => false)")
        )
        await connection.execute(
            text('INSERT INTO "Other Events" SELECT generate_series(CAST(:a AS timestamptz), :b, :step)'),
            {"a": GRID, "b": newest, "step": timedelta(hours=1)},
        )
        # Chunks that hold nothing (any more) say nothing of when.
        await connection.execute(text('DELETE FROM "Other Events" WHERE "At" < :a'), {"a": GRID + WEEK})
        await connection.execute(text('ANALYZE "Other Events"'))
    stats = await timescale.get_hypertable_stats(OPERATOR, '"Other Events"')
    assert (stats.oldest, stats.newest) == (GRID + WEEK, newest)
    assert stats.rows == 2 * 7 * 24 + 1


@pytest.mark.timescale
async def test_another_interval_is_that_of_new_chunks_only(timescale: TimescaleService, engine: AsyncEngine) -> None:
    await add_readings(engine, GRID)
    async with maintenance(engine, TimescaleSettings(), "sensor_data") as connection:
        change = await set_chunk_interval(connection, "sensor_data", timedelta(days=1))
    assert (change.before, change.after, change.kept, change.applies_from) == (WEEK, WEEK / 7, 1, GRID + WEEK)
    async with engine.connect() as connection:
        declared = "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'sensor_data'"
        assert await connection.scalar(text(declared)) == timedelta(days=1)
    await add_readings(engine, GRID + timedelta(days=3), GRID + WEEK, GRID + timedelta(days=8))
    assert [end - start for start, end in await ranges(engine)] == [WEEK, WEEK / 7, WEEK / 7]


@pytest.mark.timescale
async def test_stats_are_what_the_views_of_timescaledb_say(
    timescale: TimescaleService, engine: AsyncEngine, clock: SettableClock
) -> None:
    await add_readings(engine, *(GRID + timedelta(days=day) for day in range(-28, 1)))
    await timescale.ensure_partitions_ahead(OPERATOR)
    stats = await timescale.get_hypertable_stats(OPERATOR)
    async with engine.connect() as connection:
        seen = (
            await connection.execute(
                text(
                    "SELECT count(*) AS chunks, max(range_end) AS until, "
                    "sum(pg_total_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass)) AS bytes, "
                    "sum(pg_indexes_size(format('%I.%I', chunk_schema, chunk_name)::regclass)) AS indexes "
                    "FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_data'"
                )
            )
        ).one()
        root = (
            await connection.execute(
                text("SELECT pg_total_relation_size('sensor_data') AS bytes, pg_indexes_size('sensor_data') AS indexes")
            )
        ).one()
    assert stats.partitioning is not None
    assert (stats.partitioning.chunks, stats.partitioning.covered_until) == (seen.chunks, seen.until)
    assert (stats.total_bytes, stats.index_bytes) == (seen.bytes + root.bytes, seen.indexes + root.indexes)
    assert stats.table_bytes + stats.index_bytes + stats.toast_bytes == stats.total_bytes
    assert stats.rows == 29
    assert await timescale.chunks(OPERATOR) != []
    assert sum(one.bytes for one in await timescale.chunks(OPERATOR)) == seen.bytes


@pytest.mark.timescale
async def test_a_reading_from_the_far_future_does_not_count_as_chunks_ahead(
    timescale: TimescaleService, engine: AsyncEngine
) -> None:
    await add_readings(engine, GRID, GRID + 100 * WEEK)
    report = await timescale.health(OPERATOR)
    assert report.chunks_ahead == 0
    assert report.readings is not None
    assert report.readings.partitioning is not None
    assert report.readings.partitioning.covered_until == GRID + WEEK
    await timescale.ensure_partitions_ahead(OPERATOR)
    assert (await timescale.health(OPERATOR)).chunks_ahead == 2


@pytest.mark.timescale
@pytest.mark.parametrize("name", ["sensor_minutes", "pg_stat_activity", "pk_sensor_data"])
async def test_a_view_or_an_index_is_told_apart_from_what_does_not_exist(
    timescale: TimescaleService, name: str
) -> None:
    with pytest.raises(NotATableError):
        await timescale.chunks(OPERATOR, name)
    with pytest.raises(NotATableError):
        await timescale.ensure_partitions_for_range(OPERATOR, name, GRID, GRID + WEEK)
    with pytest.raises(NotATableError):
        await timescale.cleanup_old_partitions(OPERATOR, name, WEEK)


@pytest.mark.timescale
async def test_a_table_that_is_no_hypertable_is_refused(timescale: TimescaleService) -> None:
    with pytest.raises(NotAHypertableError):
        await timescale.ensure_partitions_for_range(OPERATOR, "users", GRID, GRID + WEEK)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_that_is_no_table_is_refused(timescale: TimescaleService, engine: AsyncEngine, name: str) -> None:
    with pytest.raises(NoSuchTableError):
        await timescale.cleanup_old_partitions(OPERATOR, name, WEEK)
    with pytest.raises(NoSuchTableError):
        await timescale.get_hypertable_stats(OPERATOR, name)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM users")) == 0


async def test_an_engineer_may_neither_look_nor_touch(timescale: TimescaleService) -> None:
    engineer = Actor(id=7, name="Anna", role=Role.ENGINEER)
    with pytest.raises(ForbiddenError):
        await timescale.health(engineer)
    with pytest.raises(ForbiddenError):
        await timescale.ensure_partitions_ahead(engineer)
    with pytest.raises(ForbiddenError):
        await timescale.cleanup_old_partitions(engineer, "sensor_data", WEEK)


async def test_plain_postgresql_needs_no_chunks_and_says_what_it_lacks(
    timescale: TimescaleService, engine: AsyncEngine
) -> None:
    if (await timescale.health(OPERATOR)).kind.edition != "none":
        pytest.skip("this is TimescaleDB")
    assert await timescale.ensure_partitions_ahead(OPERATOR) is None
    with pytest.raises(NeedsTimescaleError):
        await timescale.ensure_partitions_for_range(OPERATOR, "sensor_data", GRID, GRID + WEEK)
    with pytest.raises(NeedsTimescaleError):
        await timescale.cleanup_old_partitions(OPERATOR, "sensor_data", WEEK)
    with pytest.raises(NeedsTimescaleError):
        await timescale.compress_old_chunks(OPERATOR, "sensor_data", WEEK)
