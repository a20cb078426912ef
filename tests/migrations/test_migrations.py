"""Migrations: every step up and down, and the models agree with what they build, on whatever edition is here."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import Script
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.database import create_engine
from core.models import Base
from migrations.runner import current, downgrade, head, script_directory, upgrade
from migrations.scope import include_object

OWN_TABLES = text(
    "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
    "AND table_name <> 'alembic_version'"
)


def revisions() -> list[Script]:
    """All revisions, oldest first."""
    return list(reversed(list(script_directory().walk_revisions())))


async def test_every_revision_goes_up_and_down_and_up_again(empty_database_url: str) -> None:
    for revision in revisions():
        await upgrade(empty_database_url, revision.revision)
        await downgrade(empty_database_url, str(revision.down_revision or "base"))
        await upgrade(empty_database_url, revision.revision)
        assert await current(empty_database_url) == revision.revision


async def test_base_leaves_no_table_of_ours(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    await downgrade(empty_database_url, "base")
    engine = create_engine(empty_database_url)
    async with engine.connect() as connection:
        assert await connection.scalar(OWN_TABLES) == 0
    await engine.dispose()


async def test_models_and_migrations_agree(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"include_object": include_object, "compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    await upgrade(database_url)
    assert await current(database_url) == head()


async def test_a_database_without_our_schema_has_no_revision(empty_database_url: str) -> None:
    assert await current(empty_database_url) is None


@pytest.mark.timescale
async def test_readings_are_a_hypertable_of_seven_day_chunks(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT d.hypertable_name, d.column_name, d.time_interval = INTERVAL '7 days' "
                "FROM timescaledb_information.hypertables h "
                "JOIN timescaledb_information.dimensions d USING (hypertable_schema, hypertable_name)"
            )
        )
        assert [tuple(row) for row in found] == [("sensor_data", "time", True)]
