"""A restore drill: what was backed up comes back, on plain PostgreSQL and on TimescaleDB."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from core.backups.folder import (
    Backup,
    BackupDamagedError,
    BackupFolderError,
    NoSuchBackupError,
    backups_in,
    open_backup,
)
from core.backups.restoring import (
    DatabaseInUseError,
    OtherVersionError,
    RowsDifferError,
    restore_aside,
    take_its_place,
)
from core.backups.service import BackupService
from core.backups.tools import ToolFailedError, run_tool
from core.database import SessionFactory, create_engine
from core.diagnostics.models import Reading, Sensor, System
from core.errors import ForbiddenError
from core.settings import Settings
from core.timescale.tables import find_hypertable
from core.users.rights import OPERATOR
from migrations.runner import upgrade
from tests.databases import Databases
from tests.fakes.clock import SettableClock
from tests.fixtures.rag import ENGINEER, Library

READINGS = 500
PASSWORD = "hunter2-in-the-url"


@pytest.fixture
async def service(library: Library, sessions: SessionFactory, database_url: str) -> AsyncIterator[BackupService]:
    """The service over a library and 500 readings of one sensor."""
    async with sessions.begin() as session:
        system = System(code="hp-9", names={"en": "Power unit"}, kind="power_unit")
        session.add(system)
        await session.flush()
        sensor = Sensor(system_id=system.id, code="p1", names={"en": "Pressure"}, quantity="pressure", unit="bar")
        session.add(sensor)
        await session.flush()
        start = datetime(2026, 1, 1, tzinfo=UTC)
        session.add_all(
            Reading(sensor_id=sensor.id, time=start + timedelta(hours=hour), value=200.0) for hour in range(READINGS)
        )
    settings = Settings(_env_file=None, telegram_bot_token=SecretStr(f"123456:{PASSWORD}-and-more"))
    engine = create_engine(database_url)
    yield BackupService(engine, library.clock, settings, library.storage)
    await engine.dispose()


@pytest.fixture
async def backup(service: BackupService, tmp_path: Path) -> Backup:
    """A backup of it."""
    return await service.create(OPERATOR, tmp_path / "backups")


@pytest.fixture
async def restored(backup: Backup, database_url: str, databases: Databases) -> AsyncIterator[str]:
    """Address of a database restored from it."""
    url = await restore_aside(backup, database_url)
    yield url
    await databases.drop(url.rsplit("/", 1)[1].split("?")[0])


async def test_what_was_backed_up_comes_back(backup: Backup, restored: str) -> None:
    assert backup.manifest.rows["sensor_data"] == READINGS
    assert backup.manifest.rows["documents"] > 0
    engine = create_engine(restored)
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(Reading)) == READINGS
    await engine.dispose()
    await upgrade(restored)  # an old backup is brought to today's schema; this one is there already


@pytest.mark.timescale
async def test_readings_come_back_as_a_hypertable(backup: Backup, restored: str) -> None:
    assert backup.manifest.timescale is not None
    engine = create_engine(restored)
    async with engine.begin() as connection:
        assert (await find_hypertable(connection, "sensor_data")).interval == timedelta(days=7)
        late = insert(Reading).values(sensor_id=1, time=datetime(2027, 1, 1, tzinfo=UTC), value=1.0)
        await connection.execute(late)  # a new chunk can be made
    await engine.dispose()


async def test_it_takes_the_place_of_the_database_in_use_which_is_kept(
    restored: str, databases: Databases, migrated_template: str
) -> None:
    name = await databases.create(migrated_template)
    aside = await databases.create(migrated_template)
    kept = await take_its_place(databases.url(name), databases.url(aside), datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))
    assert kept == f"{name}_before_20260504_030201"
    for existing in (name, kept):
        await databases.drop(existing)


async def test_a_database_in_use_is_left_alone(database_url: str, databases: Databases) -> None:
    aside = await databases.create()
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(DatabaseInUseError):
            await take_its_place(database_url, databases.url(aside), datetime(2026, 5, 4, tzinfo=UTC))
        assert await connection.fetchval("SELECT 1") == 1
    finally:
        await connection.close()
        await databases.drop(aside)


async def test_the_index_comes_back_as_a_new_version(backup: Backup, service: BackupService, library: Library) -> None:
    assert backup.manifest.index_version == library.storage.current() == 1
    assert await service.restore_index(OPERATOR, backup) == 2
    assert library.storage.current() == 2
    found = await library.orchestrator.retrieve("clogged return filter")
    assert found.index_version == 2


async def test_no_secret_is_in_a_backup(backup: Backup) -> None:
    texts = [path.read_bytes() for path in backup.folder.glob("*.json")]
    assert len(texts) == 2
    assert not any(PASSWORD.encode() in text for text in texts)


@pytest.mark.parametrize("damage", ["truncate", "remove"])
async def test_a_damaged_backup_is_refused_before_anything_happens(
    backup: Backup, database_url: str, damage: str
) -> None:
    dump = backup.folder / "database.dump"
    dump.unlink() if damage == "remove" else dump.write_bytes(dump.read_bytes()[:-100])
    with pytest.raises(BackupDamagedError, match=r"database\.dump"):
        await restore_aside(backup, database_url)


async def test_lost_rows_are_noticed(backup: Backup, database_url: str, databases: Databases) -> None:
    expected = backup.manifest.rows | {"sensor_data": READINGS + 1}
    with pytest.raises(RowsDifferError, match=f"{READINGS} rows of {READINGS + 1}"):
        await restore_aside(replace(backup, manifest=replace(backup.manifest, rows=expected)), database_url)
    await databases.drop(f"{database_url.rsplit('/', 1)[1].split('?')[0]}_restoring")


@pytest.mark.timescale
async def test_another_version_of_timescaledb_is_refused(
    backup: Backup, database_url: str, databases: Databases
) -> None:
    with pytest.raises(OtherVersionError):
        await restore_aside(replace(backup, manifest=replace(backup.manifest, timescale="2.0.0")), database_url)
    await databases.drop(f"{database_url.rsplit('/', 1)[1]}_restoring")


async def test_a_backup_is_due_once_a_day_and_the_oldest_go(
    service: BackupService, tmp_path: Path, library: Library
) -> None:
    clock = library.clock
    assert isinstance(clock, SettableClock)
    assert await service.create_if_due(OPERATOR, tmp_path, keep=2) is not None
    assert await service.create_if_due(OPERATOR, tmp_path, keep=2) is None
    for _ in range(2):
        clock.advance(timedelta(days=1))
        assert await service.create_if_due(OPERATOR, tmp_path, keep=2) is not None
    assert len(backups_in(tmp_path)) == 2


async def test_a_failed_dump_leaves_nothing(
    service: BackupService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> str:
        raise ToolFailedError("pg_dump failed: server closed the connection", tool="pg_dump")

    root = tmp_path / "backups"
    monkeypatch.setattr("core.backups.service.run_tool", fail)
    with pytest.raises(ToolFailedError):
        await service.create(OPERATOR, root)
    assert not any(root.iterdir())


async def test_a_folder_that_is_a_file_is_named(service: BackupService, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackupFolderError, match="file"):
        await service.create(OPERATOR, tmp_path / "file")


async def test_a_folder_without_a_backup_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchBackupError):
        open_backup(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(BackupDamagedError):
        open_backup(tmp_path)


async def test_who_may_not_manage_the_database_may_not_back_it_up(service: BackupService, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenError):
        await service.create(ENGINEER, tmp_path)


async def test_the_reason_of_a_failed_tool_is_told() -> None:
    with pytest.raises(ToolFailedError, match="pg_restore failed"):
        await run_tool("pg_restore", None, "--list", "/nowhere")
