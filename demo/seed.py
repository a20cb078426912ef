"""Brings the demonstration plant into the database and keeps it alive.

Both functions may be killed at any moment and started again: machines are upserted by code, and readings are filled in
day by day, only where they are missing. Readings are a function of time, so history, gaps and the live feed join.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import DATABASE_FAULTS, SessionFactory
from core.diagnostics.ingest.blocks import Block
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.models import Component, Reading, Sensor, System
from demo.plant import MACHINES, MachineSpec, SensorSpec
from demo.simulator.plant import PlantSimulator, SensorKey

log = structlog.get_logger(__name__)

HANDBOOK = Path(__file__).parent / "handbook"
"""The plant's handbook, a folder per language."""
HANDBOOK_VECTORS = HANDBOOK.with_name("handbook_vectors.npz")
"""Its passages' vectors; demo/vectors.py writes them."""
HISTORY = timedelta(days=30)
FEED_PERIOD = timedelta(minutes=1)
CATCH_UP = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
SOURCE = "simulator"
Progress = Callable[[str], None]


async def seed_plant(
    sessions: SessionFactory,
    clock: Clock,
    progress: Progress = lambda _: None,
    *,
    zone: ZoneInfo = UTC_ZONE,
    history: timedelta | None = None,
) -> int:
    """Upsert the machines and fill in the readings that the last 30 days, or `history`, lack; return how many.

    `zone` is the plant's time zone: its shifts and days follow it.
    """
    async with sessions.begin() as session:
        await add_machines(session, clock())
    plant = await _load(sessions, zone)
    now = clock()
    written = await _fill(sessions, Intake(sessions, clock), plant, now - (history or HISTORY), now, progress)
    progress(f"{len(MACHINES)} machines, {written:,} new readings")
    return written


async def feed(sessions: SessionFactory, intake: Intake, clock: Clock, *, zone: ZoneInfo = UTC_ZONE) -> None:
    """Take each minute's readings in as the minute comes, until cancelled; what the last day lacks comes first.

    A database out of reach is tried again each minute, and nothing is left out.
    """
    plant = await _load(sessions, zone)
    since = clock() - CATCH_UP
    while True:
        until = _minute(clock()) + FEED_PERIOD
        try:
            await _fill(sessions, intake, plant, since, until)
            since = until
        except DATABASE_FAULTS as error:
            log.warning("live feed: readings wait", since=since.isoformat(), error=str(error))
        await asyncio.sleep(max((_minute(clock()) + FEED_PERIOD - clock()).total_seconds(), 0.1))


async def _fill(
    sessions: SessionFactory,
    intake: Intake,
    plant: "_SeededPlant",
    begin: datetime,
    end: datetime,
    progress: Progress = lambda _: None,
) -> int:
    """Write the days between `begin` and `end` that lack readings, a transaction each; return how many were written."""
    days = list(_days(begin, end))
    written = 0
    for number, (first, last) in enumerate(days, start=1):
        progress(f"day {number}/{len(days)}, {written:,} readings")
        async with sessions() as session:
            complete = await _stored(session, plant, first, last) >= plant.count(first, last)
        if not complete:
            receipt = await intake.take(SOURCE, await asyncio.to_thread(plant.readings, first, last))
            written += receipt.written
    return written


class _SeededPlant:
    """The simulator together with the ids that its sensors have in the database."""

    def __init__(self, simulator: PlantSimulator, sensor_ids: dict[SensorKey, int]) -> None:
        self._simulator = simulator
        self.sensor_ids = sensor_ids

    def readings(self, begin: datetime, end: datetime) -> Block:
        """Return what all sensors send from `begin` (included) to `end` (not included)."""
        rows = [
            (f"{machine}/{sensor}", time, value)
            for machine in MACHINES
            for sensor, samples in self._simulator.samples(machine, begin, end)
            for time, value in samples
        ]
        sensors, times, values = zip(*rows, strict=True) if rows else ((), (), ())
        nothing = [""] * len(rows)
        return Block(sensors, times, values, nothing, nothing, nothing)

    def count(self, begin: datetime, end: datetime) -> int:
        """Return how many readings there are from `begin` (included) to `end` (not included)."""
        return sum(self._simulator.count(machine, begin, end) for machine in MACHINES)


async def _load(sessions: SessionFactory, zone: ZoneInfo) -> _SeededPlant:
    """Build the simulator; the plant's anchor is the moment its machines were first seeded."""
    of_plant = System.code.in_(MACHINES)
    async with sessions() as session:
        anchor = (await session.scalars(select(func.min(System.created_at)).where(of_plant))).one()
        rows = await session.execute(select(System.code, Sensor.code, Sensor.id).join(Sensor.system).where(of_plant))
        ids = {(machine, sensor): sensor_id for machine, sensor, sensor_id in rows}
    return _SeededPlant(PlantSimulator(anchor, zone), ids)


async def _stored(session: AsyncSession, plant: _SeededPlant, begin: datetime, end: datetime) -> int:
    within = (Reading.sensor_id.in_(plant.sensor_ids.values()), Reading.time >= begin, Reading.time < end)
    query = select(func.count()).select_from(Reading).where(*within)
    return (await session.scalars(query)).one()


async def add_machines(session: AsyncSession, now: datetime) -> None:
    """Upsert the plant's machines with their parts and sensors; `now` is when they were first seeded."""
    for machine in MACHINES.values():
        system_id = await _upsert(session, System, ["code"], _system_row(machine), {"created_at": now})
        components = {
            part.code: await _upsert(
                session,
                Component,
                ["system_id", "code"],
                {"system_id": system_id, "code": part.code, "names": part.names, "kind": part.kind},
            )
            for part in machine.components
        }
        for sensor in machine.sensors:
            owner = {"system_id": system_id, "component_id": components[sensor.component]}
            await _upsert(session, Sensor, ["system_id", "code"], owner | _sensor_row(sensor))


async def _upsert(
    session: AsyncSession,
    model: type[System | Component | Sensor],
    key: list[str],
    row: dict[str, object],
    only_new: dict[str, object] | None = None,
) -> int:
    statement = insert(model).values(**row, **(only_new or {}))
    changes = {name: statement.excluded[name] for name in row if name not in key}
    upsert = statement.on_conflict_do_update(index_elements=key, set_=changes).returning(model.id)
    return (await session.scalars(upsert)).one()


def _system_row(machine: MachineSpec) -> dict[str, object]:
    return {
        "code": machine.code,
        "names": machine.names,
        "kind": machine.kind,
        "criticality": machine.criticality.value,
        "location": machine.location,
        "site": machine.site,
        "public": True,
    }


def _sensor_row(sensor: SensorSpec) -> dict[str, object]:
    return {
        "code": sensor.code,
        "names": sensor.names,
        "quantity": sensor.quantity.value,
        "unit": sensor.unit,
        "warning_low": sensor.warning_low,
        "warning_high": sensor.warning_high,
        "critical_low": sensor.critical_low,
        "critical_high": sensor.critical_high,
        "sampling_s": float(sensor.sampling_s),
        "stale_after_s": float(sensor.stale_after_s),
    }


def _days(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut the span into UTC days; the first and the last may be shorter."""
    while begin < end:
        midnight = begin.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        yield begin, min(midnight, end)
        begin = midnight


def _minute(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)
