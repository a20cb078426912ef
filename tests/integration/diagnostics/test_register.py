"""What is kept about machines: seen and changed by admins, checked, and on the audit log."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from cli.__main__ import app
from core.database import SessionFactory
from core.diagnostics.models import Criticality, OperatingStatus, Sensor, System
from core.diagnostics.register import (
    BadLimitsError,
    BadSamplingError,
    MachineChange,
    MachineRegister,
    SensorChange,
    UnknownSensorError,
)
from core.diagnostics.rollups.models import RollupLimitChange
from core.errors import ForbiddenError, NotFoundError
from core.users.models import AuditEntry, Role
from core.users.rights import OPERATOR, Actor


@pytest.fixture
async def register(sessions: SessionFactory) -> MachineRegister:
    system = System(code="rig-9", names={"en": "Rig"}, kind="rig", location={"en": "Hall 2", "ru": "Цех 2"})
    async with sessions.begin() as session:
        session.add(
            Sensor(system=system, code="p", names={"en": "P"}, quantity="pressure", unit="bar", warning_high=200)
        )
    return MachineRegister(sessions)


async def test_only_what_is_said_is_changed(register: MachineRegister, sessions: SessionFactory) -> None:
    new = await register.machine(OPERATOR, "rig-9")
    assert (new.status, new.criticality) == (OperatingStatus.IN_SERVICE, Criticality.MEDIUM)
    change = MachineChange(OperatingStatus.MAINTENANCE, Criticality.HIGH, {"en": "Hall 3"})
    await register.change_machine(OPERATOR, "rig-9", change)
    (seen,) = await register.list(OPERATOR)
    assert (seen.status, seen.criticality, seen.site) == ("maintenance", "high", "main")
    assert seen.location == {"en": "Hall 3", "ru": "Цех 2"}
    async with sessions() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "machine.change"))
    assert entry is not None
    assert entry.details["status"] == "maintenance"


async def test_changed_limits_are_counted_again(register: MachineRegister, sessions: SessionFactory) -> None:
    limits = {"critical_high": 250.0, "warning_low": 20.0}
    sensor = await register.change_sensor(OPERATOR, "rig-9/p", SensorChange(limits, 1, 10))
    assert (sensor.warning_low, sensor.warning_high, sensor.critical_high) == (20, 200, 250)
    assert (sensor.sampling_s, sensor.stale_after_s) == (1, 10)
    assert (await register.change_sensor(OPERATOR, "rig-9/p", SensorChange({"warning_low": None}))).warning_low is None
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(RollupLimitChange)) == 2


async def test_what_makes_no_sense_is_refused(register: MachineRegister) -> None:
    for limits in ({"critical_high": 199.0}, {"warning_low": 200.0}, {"critical_low": float("nan")}):
        with pytest.raises(BadLimitsError):
            await register.change_sensor(OPERATOR, "rig-9/p", SensorChange(limits))
    for times in ((0, None), (600, None), (None, float("inf"))):
        with pytest.raises(BadSamplingError):
            await register.change_sensor(OPERATOR, "rig-9/p", SensorChange({}, *times))
    with pytest.raises(UnknownSensorError):
        await register.change_sensor(OPERATOR, "rig-9/q", SensorChange({}))
    with pytest.raises(NotFoundError):
        await register.machine(OPERATOR, "rig-1")
    assert (await register.machine(OPERATOR, "rig-9")).sensors[0].critical_high is None
    engineer = Actor(id=7, name="Ivan", role=Role.ENGINEER)
    for forbidden in (register.list(engineer), register.change_machine(engineer, "rig-9", MachineChange())):
        with pytest.raises(ForbiddenError):
            await forbidden


async def test_the_command_line_shows_what_it_changed(
    register: MachineRegister, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    environment = {"HYDRODIAG_HOME": str(tmp_path), "DATABASE_URL": database_url, "REDIS_URL": redis_url}

    async def run(*words: str) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["machines", *words], env=environment)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "maintenance" in await run("set", "rig-9", "--status", "maintenance", "--location-ru", "Цех 5")
    assert "180" in await run("set-sensor", "rig-9/p", "--warning-high", "180", "--critical-high", "none")
    shown = await run("show", "rig-9")
    assert "Hall 2 / Цех 5" in shown
    assert "180" in shown
