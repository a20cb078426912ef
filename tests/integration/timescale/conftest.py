"""The caretaker on this test's own database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.container import Container
from core.database import create_engine
from core.diagnostics.rollups.refreshing import RollupService
from core.settings import Settings, TimescaleSettings
from core.timescale.service import TimescaleService
from migrations.runner import upgrade
from tests.fakes.clock import SettableClock


@pytest.fixture
def timescale(engine: AsyncEngine, clock: SettableClock, redis: Redis) -> TimescaleService:
    return TimescaleService(engine, clock, TimescaleSettings(chunks_ahead=2), redis, rollups=RollupService(engine))


@pytest.fixture
async def plain_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    """A migrated database without TimescaleDB, wherever the server has it."""
    await upgrade(empty_database_url)
    engine = create_engine(empty_database_url)
    async with engine.begin() as connection:
        if await connection.scalar(text("SELECT true FROM pg_extension WHERE extname = 'timescaledb'")):
            await connection.execute(text("CREATE TABLE plain (LIKE sensor_data INCLUDING ALL)"))
            await connection.execute(text("DROP TABLE sensor_data CASCADE"))
            await connection.execute(text("CREATE OR REPLACE VIEW sensor_minutes AS SELECT * FROM rollup_minutes"))
            await connection.execute(text("CREATE OR REPLACE VIEW sensor_hours AS SELECT * FROM rollup_hours"))
            await connection.execute(text("ALTER TABLE plain RENAME TO sensor_data"))
            await connection.execute(text("ALTER INDEX plain_pkey RENAME TO pk_sensor_data"))
    yield engine
    await engine.dispose()


@pytest.fixture
async def container(
    tmp_path: Path, database_url: str, redis_url: str, clock: SettableClock
) -> AsyncIterator[Container]:
    settings = Settings(
        _env_file=None, hydrodiag_home=tmp_path, database_url=SecretStr(database_url), redis_url=SecretStr(redis_url)
    )
    async with Container.open(settings, clock=clock) as container:
        yield container
