"""A plain database becomes TimescaleDB: every row moves, once, and a failure changes nothing."""

from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import TimescaleSettings
from core.timescale.adopt import NotInstalledError
from core.timescale.edition import Edition
from core.timescale.service import TimescaleService
from core.users.rights import OPERATOR
from migrations.runner import upgrade
from tests.fakes.clock import SettableClock

START = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST = text("SELECT count(*), md5(string_agg(sensor_data::text, ',' ORDER BY sensor_id, time)) FROM sensor_data")


@pytest.mark.timescale
async def test_adoption_moves_every_row_and_a_second_one_changes_nothing(
    plain_engine: AsyncEngine, clock: SettableClock, redis: Redis
) -> None:
    service = TimescaleService(plain_engine, clock, TimescaleSettings(), redis)
    async with plain_engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO sensor_data SELECT s, CAST(:start AS timestamptz) + i * INTERVAL '1 hour', s + i, i % 3 "
                "FROM generate_series(1, 3) s, generate_series(0, 999) i"
            ),
            {"start": START},
        )
        before = (await connection.execute(DIGEST)).one()
    stats = await service.get_hypertable_stats(OPERATOR)
    assert stats.partitioning is None

    adopted = await service.adopt(OPERATOR)
    assert (adopted.rows, adopted.changed) == (3000, True)
    async with plain_engine.connect() as connection:
        assert (await connection.execute(DIGEST)).one() == before
        chunks = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_data'"
        assert await connection.scalar(text(chunks)) == adopted.chunks == 6
    again = await service.adopt(OPERATOR)
    assert (again.rows, again.changed, again.chunks) == (3000, False, 6)


@pytest.mark.timescale
async def test_an_adopted_database_is_what_migrations_expect(
    plain_engine: AsyncEngine, empty_database_url: str, clock: SettableClock, redis: Redis
) -> None:
    service = TimescaleService(plain_engine, clock, TimescaleSettings(chunks_ahead=1), redis)
    await service.adopt(OPERATOR)
    await upgrade(empty_database_url)
    await service.ensure_partitions_ahead(OPERATOR)
    assert (await service.health(OPERATOR)).chunks_ahead == 1


async def test_without_timescaledb_on_the_server_adoption_says_so(
    timescale: TimescaleService, engine: AsyncEngine
) -> None:
    if (await timescale.health(OPERATOR)).kind.edition is not Edition.NONE:
        pytest.skip("this is TimescaleDB")
    with pytest.raises(NotInstalledError):
        await timescale.adopt(OPERATOR)
    assert (await timescale.get_hypertable_stats(OPERATOR)).partitioning is None
