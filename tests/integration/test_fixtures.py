"""The fixtures that all integration tests stand on: nothing leaks from one test into the next."""

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select

from core.database import SessionFactory
from core.users.models import User


@pytest.mark.parametrize("run", [1, 2])
async def test_each_test_has_a_database_of_its_own(sessions: SessionFactory, run: int) -> None:
    async with sessions.begin() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 0
        session.add(User(id=run, name="Anna"))


@pytest.mark.parametrize("run", [1, 2])
async def test_each_test_finds_an_empty_valkey(redis: Redis, run: int) -> None:
    assert await redis.dbsize() == 0
    await redis.set("run", run)
