"""A machine with two sensors, somebody to tell, and the alarm book."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.wiring import Alerting, create_alerting
from core.diagnostics.detection.conditions import AlarmKind, Condition
from core.diagnostics.models import Quantity, Sensor, Severity, System
from core.outbox import Notice, Outbox, OutboxMessage
from core.revocation import end_what_was_lost
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.service import UserService
from tests.fakes.clock import SettableClock

ENGINEER, ADMIN = 1, 2


@dataclass
class Plant:
    """The machine, and what a test does with it."""

    sessions: SessionFactory
    clock: SettableClock
    outbox: Outbox
    users: UserService
    alerting: Alerting
    system_id: int
    flow: int
    heat: int

    def finding(self, severity: Severity | None, sensor: int | None = None, later: float = 0) -> Condition:
        """Return a condition of a sensor, `later` seconds from now."""
        at = self.clock() + timedelta(seconds=later)
        number = sensor or self.heat
        return Condition(self.system_id, AlarmKind.LIMIT, at, severity, number, 71.0, 65.0, "degC")

    async def find(self, severity: Severity | None, sensor: int | None = None) -> None:
        """Let a condition be found now."""
        await self.alerting.book.apply([self.finding(severity, sensor)])

    async def wait(self, **by: float) -> None:
        """Let time pass, as the watch does."""
        self.clock.advance(timedelta(**by))
        await self.alerting.book.tick()

    async def told(self) -> list[tuple[int, str | None]]:
        """Return what was left in the outbox, in order: chat and reason, None for an edit."""
        async with self.sessions() as session:
            rows = await session.scalars(
                select(OutboxMessage).where(OutboxMessage.kind == Notice.ALARM).order_by(OutboxMessage.id)
            )
            return [(row.chat_id, row.payload.get("reason")) for row in rows]

    async def alarms(self) -> list[Alarm]:
        """Return all alarms, oldest first."""
        async with self.sessions() as session:
            return list(await session.scalars(select(Alarm).order_by(Alarm.id)))


@pytest.fixture
async def plant(sessions: SessionFactory, clock: SettableClock) -> Plant:
    outbox = Outbox(sessions, clock)
    users = UserService(sessions, clock, outbox, end_lost=end_what_was_lost)
    await users.enrol(OPERATOR, ENGINEER, Role.ENGINEER, name="Ivan", language="ru")
    system_id, flow, heat = await add_machine(sessions)
    alerting = create_alerting(sessions, clock, outbox, ZoneInfo("Europe/Moscow"))
    return Plant(sessions, clock, outbox, users, alerting, system_id, flow, heat)


async def add_machine(sessions: SessionFactory, code: str = "press-2") -> tuple[int, int, int]:
    """Add a machine with a flow and a temperature; return the ids."""
    async with sessions.begin() as session:
        system = System(code=code, names={"en": "Press", "ru": "Пресс"}, kind="press", site="north", public=True)
        system.sensors = [
            Sensor(code="flow", names={"en": "Flow", "ru": "Подача"}, quantity=Quantity.FLOW, unit="l/min"),
            Sensor(code="heat", names={"en": "Oil", "ru": "Масло"}, quantity=Quantity.TEMPERATURE, unit="degC"),
        ]
        session.add(system)
        await session.flush()
        return system.id, system.sensors[0].id, system.sensors[1].id
