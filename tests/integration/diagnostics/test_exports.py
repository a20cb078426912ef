"""Files of readings hold what the table holds, fit Telegram, and go to those who may take readings along."""

import asyncio
import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from sqlalchemy import select

from core.database import SessionFactory
from core.diagnostics.exports.service import ExportService, ExportTooLargeError, NothingToExportError
from core.diagnostics.exports.writers import Detail, Format
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.windows import Window
from core.errors import ForbiddenError
from core.users.models import AuditEntry, Role, Units
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.fakes.clock import SettableClock

BEGIN = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
ENGINEER = Actor(id=1, name="Ivan", role=Role.ENGINEER, time_zone="Europe/Moscow")


@pytest.fixture
async def window(sessions: SessionFactory) -> Window:
    """Three hours and a half of a press: pressure every 10 s, two of them bad, and temperature every 100 s."""
    async with sessions.begin() as session:
        press = System(code="press-2", names={"en": "Press"}, kind="press", site="north")
        press.sensors = [
            Sensor(code="pressure", names={"en": "Pressure"}, quantity=Quantity.PRESSURE, unit="bar", warning_high=1e3),
            Sensor(code="oil", names={"en": "Oil"}, quantity=Quantity.TEMPERATURE, unit="degC"),
        ]
        session.add(press)
        await session.flush()
        pressure, oil = (sensor.id for sensor in press.sensors)
        rows = [
            NewReading(pressure, BEGIN + timedelta(seconds=10 * i), i / 7, 2 if i in (3, 4) else 0) for i in range(1260)
        ]
        rows += [NewReading(oil, BEGIN + timedelta(seconds=100 * i), 40.0 + i) for i in range(126)]
        await write_readings(session, rows)
    return Window(BEGIN, BEGIN + timedelta(hours=3, minutes=30))


def service(sessions: SessionFactory, clock: SettableClock, *, most_bytes: int = 1_000_000) -> ExportService:
    return ExportService(sessions, DiagnosticsService(sessions, clock), most_bytes=most_bytes)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_csv_holds_every_reading_in_the_persons_time(
    sessions: SessionFactory, clock: SettableClock, window: Window
) -> None:
    async with service(sessions, clock).export(ENGINEER, "press", window, Format.CSV) as export:
        assert (export.detail, export.rows) == (Detail.READINGS, 1386)
        assert export.path.name == "press-2_20260301-1330_20260301-1700.csv"
        rows = table(export.path)
    assert not export.path.exists()
    assert rows[1] == {
        "time": "2026-03-01T13:30:10+03:00", "sensor": "pressure", "unit": "bar", "value": str(1 / 7), "quality": "0",
    }  # fmt: skip
    assert [row["quality"] for row in rows[:6]] == ["0", "0", "0", "2", "2", "0"]
    assert {row["sensor"] for row in rows[1260:]} == {"oil"}


async def test_parquet_holds_the_same(sessions: SessionFactory, clock: SettableClock, window: Window) -> None:
    async with service(sessions, clock).export(ENGINEER, "press", window, Format.PARQUET) as export:
        rows = parquet.read_table(export.path).to_pylist()
    assert len(rows) == 1386
    assert rows[7] == {
        "time": BEGIN + timedelta(seconds=70), "sensor": "pressure", "unit": "bar", "value": 1.0, "quality": 0,
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(Format))
async def test_what_would_be_too_large_comes_by_minutes_then_by_hours(
    sessions: SessionFactory, clock: SettableClock, window: Window, kind: Format
) -> None:
    async with service(sessions, clock).export(ENGINEER, "press", window, kind) as export:
        whole = export.path.stat().st_size
    async with service(sessions, clock, most_bytes=whole // 2).export(ENGINEER, "press", window, kind) as export:
        assert export.detail is not Detail.READINGS
        assert export.path.stat().st_size <= whole
    async with service(sessions, clock, most_bytes=4000).export(ENGINEER, "press", window, kind) as export:
        assert export.detail is Detail.HOURS


async def test_coarser_rows_are_those_of_the_readings(
    sessions: SessionFactory, clock: SettableClock, window: Window
) -> None:
    async with service(sessions, clock, most_bytes=4000).export(ENGINEER, "press", window, Format.CSV) as export:
        first, second = table(export.path)[:2]
    good = [i / 7 for i in range(180) if i not in (3, 4)]
    assert (first["time"], int(first["count"])) == ("2026-03-01T13:00:00+03:00", 178)
    assert float(first["mean"]) == pytest.approx(sum(good) / 178)
    assert (second["time"], int(second["count"])) == ("2026-03-01T14:00:00+03:00", 360)
    assert float(second["maximum"]) == pytest.approx(539 / 7)


async def test_it_tells_how_far_it_is_and_leaves_nothing_when_it_is_given_up(
    sessions: SessionFactory, clock: SettableClock, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    told: list[tuple[float, int]] = []

    def tell(part: float, rows: int) -> None:
        told.append((part, rows))
        if len(told) == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        async with service(sessions, clock).export(ENGINEER, "press", window, Format.CSV, tell=tell):
            pass
    assert told == [(1260 / 1384, 1260), (1.0, 1386)]
    assert files(tmp_path) == []


async def test_nothing_and_too_much_are_told(sessions: SessionFactory, clock: SettableClock, window: Window) -> None:
    before = Window(BEGIN - timedelta(days=2), BEGIN - timedelta(days=1))
    with pytest.raises(NothingToExportError):
        async with service(sessions, clock).export(ENGINEER, "press", before, Format.CSV):
            pass
    with pytest.raises(ExportTooLargeError):
        async with service(sessions, clock, most_bytes=100).export(ENGINEER, "press", window, Format.CSV):
            pass


async def test_chosen_sensors_alone(sessions: SessionFactory, clock: SettableClock, window: Window) -> None:
    async with sessions() as session:
        oil = (await session.scalars(select(Sensor.id).where(Sensor.code == "oil"))).one()
    async with service(sessions, clock).export(OPERATOR, "press", window, Format.CSV, sensors={oil}) as export:
        assert export.rows == 126


async def test_rights_and_scope_hold_and_exports_are_on_record(
    sessions: SessionFactory, clock: SettableClock, window: Window
) -> None:
    exports = service(sessions, clock)
    for actor, error in (
        (Actor(id=2, name="Vera", role=Role.VIEWER), ForbiddenError),
        (Actor(id=3, name="Max", role=Role.ENGINEER, scope=Scope.parse("site:south")), UnknownSystemError),
    ):
        with pytest.raises(error):
            async with exports.export(actor, "press-2", window, Format.CSV):
                pass
    async with exports.export(ENGINEER, "press-2", window, Format.CSV):
        pass
    async with sessions() as session:
        (entry,) = await session.scalars(select(AuditEntry).where(AuditEntry.action == "readings.export"))
    assert (entry.actor_id, entry.target, entry.details["rows"]) == (1, "press-2", 1386)


async def test_a_file_has_the_units_that_its_reader_has_chosen(
    sessions: SessionFactory, clock: SettableClock, window: Window
) -> None:
    reader, files = replace(ENGINEER, units=Units.IMPERIAL), service(sessions, clock)
    async with files.export(reader, "press-2", window, Format.CSV) as export:
        rows = table(export.path)
    assert {row["unit"] for row in rows} == {"psi", "degF"}
    first = next(row for row in rows if row["sensor"] == "oil")
    assert float(first["value"]) == pytest.approx(104.0)
    async with files.export(reader, "press-2", window, Format.PARQUET) as export:
        columns = parquet.read_table(export.path).to_pydict()
    assert [round(float(row["value"]), 6) for row in rows] == [round(value, 6) for value in columns["value"]]
    assert set(columns["unit"]) == {"psi", "degF"}
    assert set(columns["quality"]) == {0, 2}
