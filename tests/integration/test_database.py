"""Connections that rest are tested before they are used again; those used a moment ago are not."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core import database
from core.database import create_engine

_WHO = text("SELECT pg_backend_pid()")


async def _backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(_WHO) or 0)


async def test_a_connection_that_died_while_it_rested_is_replaced(
    database_url: str, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_TRUSTED_S", 0.0)
    ours = create_engine(database_url)
    first = await _backend(ours)
    assert await _backend(ours) == first
    async with engine.connect() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    assert await _backend(ours) != first
    await ours.dispose()


async def test_a_connection_used_a_moment_ago_is_not_tested(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = create_engine(database_url)
    tested: list[object] = []
    monkeypatch.setattr(ours.dialect, "do_ping", tested.append)
    await _backend(ours)
    await _backend(ours)
    assert tested == []
    monkeypatch.setattr(database, "_TRUSTED_S", 0.0)
    await _backend(ours)
    assert len(tested) == 1
    await ours.dispose()
