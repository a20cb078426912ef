"""What every test may ask for; tests that need an edition of TimescaleDB are skipped by name elsewhere."""

import asyncio
import os

import asyncpg
import pytest

from tests.databases import Databases
from tests.fakes.clock import SettableClock

pytest_plugins = [f"tests.fixtures.{name}" for name in ("database", "valkey", "stopped", "rag", "broker")]

_EDITIONS = {"timescale": {"apache", "community"}, "timescale_community": {"community"}}


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands still until the test moves it."""
    return SettableClock()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, naming what is missing, the tests whose edition of TimescaleDB is not at TEST_DATABASE_URL."""
    marked = [(item, marker) for item in items for marker in _EDITIONS if item.get_closest_marker(marker)]
    edition = asyncio.run(_edition()) if marked else "none"
    for item, marker in marked:
        if edition not in _EDITIONS[marker]:
            wanted = " or ".join(sorted(_EDITIONS[marker]))
            item.add_marker(pytest.mark.skip(f"needs TimescaleDB {wanted} at TEST_DATABASE_URL, found {edition}"))


async def _edition() -> str:
    """Ask a scratch database: the licence shows only where the extension is."""
    if (url := os.environ.get("TEST_DATABASE_URL")) is None:
        return "none"
    databases = Databases(url)
    scratch = await databases.create()
    connection = await asyncpg.connect(databases.url(scratch))
    try:
        if not await connection.fetchval(
            "SELECT true FROM pg_settings WHERE name = 'timescaledb.max_background_workers'"
        ):
            return "none"
        await connection.execute("CREATE EXTENSION timescaledb")
        licence = await connection.fetchval("SELECT current_setting('timescaledb.license')")
        return "community" if licence == "timescale" else "apache"
    finally:
        await connection.close()
        await databases.drop(scratch)
