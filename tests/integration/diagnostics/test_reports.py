"""Reports keep what was found, on what evidence, and every step of the work on it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Component, Quantity, ReportStatus, Sensor, Severity, System
from core.diagnostics.reports.evidence import SourceFact
from core.diagnostics.reports.models import Step
from core.diagnostics.reports.service import (
    LONGEST_WORDS,
    NewReport,
    ReportClosedError,
    ReportNotFoundError,
    ReportService,
    ReportWordsError,
)
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import State
from core.errors import ForbiddenError
from core.users.models import AuditEntry, Role, User
from core.users.rights import Actor
from core.users.scope import Scope
from tests.fakes.clock import SettableClock

IVAN = Actor(id=1, name="Ivan", role=Role.ENGINEER)
OLGA = Actor(id=2, name="Olga", role=Role.ENGINEER)
VERA = Actor(id=3, name="Vera", role=Role.VIEWER)
AWAY = Actor(id=1, name="Ivan", role=Role.ENGINEER, scope=Scope.parse("site:south"))


@pytest.fixture
async def reports(sessions: SessionFactory, clock: SettableClock) -> ReportService:
    """The service, and a press whose pump pressure has been too high for the last minutes."""
    async with sessions.begin() as session:
        session.add_all([User(id=1, name="Ivan", role=Role.ENGINEER), User(id=2, name="Olga", role=Role.ENGINEER)])
        press = System(code="press-2", names={"en": "Press"}, kind="press", site="north")
        pump = Component(code="pump", names={"en": "Pump"}, kind="pump", system=press)
        press.sensors = [
            Sensor(
                code="pressure", names={"en": "Pressure"}, quantity=Quantity.PRESSURE, unit="bar", warning_high=60.0,
                component=pump,
            ),
            Sensor(code="oil", names={"en": "Oil"}, quantity=Quantity.TEMPERATURE, unit="degC"),
        ]  # fmt: skip
        session.add_all([press, System(code="crane", names={"en": "Crane"}, kind="crane", site="south")])
        await session.flush()
        now = clock()
        for sensor, values in zip(press.sensors, ([50.0] * 30 + [70.0] * 10, [40.0] * 40), strict=True):
            times = [now - timedelta(minutes=39 - i) for i in range(40)]
            await write_readings(session, [NewReading(sensor.id, t, v) for t, v in zip(times, values, strict=True)])
    return ReportService(sessions, clock, DiagnosticsService(sessions, clock))


async def test_a_report_takes_down_what_the_sensors_show(reports: ReportService, clock: SettableClock) -> None:
    source = SourceFact("Handbook", 3, "Pumps", "Check the compensator.")
    report = await reports.open(IVAN, NewReport("press", " Pressure\u200b runs away ", sources=(source,)))
    assert (report.row.summary, report.row.severity) == ("Pressure runs away", Severity.WARNING)
    assert report.components == ({"en": "Pump"},)
    assert report.evidence is not None
    (fact,) = report.evidence.sensors
    assert (fact.state, fact.value, fact.limit, fact.outside) == (State.WARNING, 70.0, 60.0, 0.25)
    assert report.evidence.sources == (source,)
    assert report.evidence.end == clock()
    assert [event.step for event in report.events] == [Step.OPENED]


async def test_the_evidence_stays_as_it_was(
    reports: ReportService, sessions: SessionFactory, clock: SettableClock
) -> None:
    opened = await reports.open(IVAN, NewReport("press", "High"))
    clock.advance(timedelta(hours=1))
    async with sessions.begin() as session:
        sensor = (await session.scalars(select(Sensor.id).where(Sensor.code == "pressure"))).one()
        await write_readings(session, [NewReading(sensor, clock(), 20.0)])
    assert (await reports.get(IVAN, opened.row.id)).evidence == opened.evidence


async def test_it_is_taken_noted_closed_and_opened_again(reports: ReportService, sessions: SessionFactory) -> None:
    number = (await reports.open(IVAN, NewReport("press", "High"))).row.id
    assert (await reports.take(OLGA, number)).row.taken_by == 2
    await reports.note(OLGA, number, "Compensator sticks")
    closed = await reports.close(OLGA, number, "Compensator cleaned")
    assert closed.closed
    assert closed.row.closed_at is not None
    for late in (reports.take(IVAN, number), reports.note(IVAN, number, "x"), reports.close(IVAN, number, "x")):
        with pytest.raises(ReportClosedError):
            await late
    again = await reports.reopen(IVAN, number)
    assert (again.row.status, again.row.closed_at) == (ReportStatus.OPEN, None)
    assert [(event.step, event.author_name, event.words) for event in again.events] == [
        (Step.OPENED, "Ivan", ""),
        (Step.TAKEN, "Olga", ""),
        (Step.NOTED, "Olga", "Compensator sticks"),
        (Step.CLOSED, "Olga", "Compensator cleaned"),
        (Step.REOPENED, "Ivan", ""),
    ]
    async with sessions() as session:
        actions = await session.scalars(select(AuditEntry.action).where(AuditEntry.target == str(number)))
        assert "report.closed" in actions.all()


async def test_of_two_who_close_at_once_one_is_told(reports: ReportService) -> None:
    number = (await reports.open(IVAN, NewReport("press", "High"))).row.id
    outcomes = await asyncio.gather(
        reports.close(IVAN, number, "mine"), reports.close(OLGA, number, "mine"), return_exceptions=True
    )
    assert sorted(isinstance(outcome, ReportClosedError) for outcome in outcomes) == [False, True]


async def test_an_alarm_group_has_one_report(reports: ReportService) -> None:
    new = NewReport("press", "Alarm", severity=Severity.CRITICAL, alarm_group_id=7, confidence=0.8)
    first, second = await reports.open(IVAN, new), await reports.open(OLGA, new)
    assert first.row.id == second.row.id
    assert (first.row.severity, first.row.confidence) == (Severity.CRITICAL, 0.8)


async def test_those_at_work_come_first_and_pages_hold(reports: ReportService) -> None:
    numbers = [(await reports.open(IVAN, NewReport("press", f"No. {i}"))).row.id for i in range(8)]
    await reports.close(IVAN, numbers[-1], "Nothing")
    first, last = await reports.list(VERA, "press"), await reports.list(VERA, "press", page=99)
    assert [row.id for row, _ in first.reports] == numbers[-2:0:-1]
    assert ([row.id for row, _ in last.reports], last.total) == ([numbers[0], numbers[-1]], 8)
    assert (await reports.list(VERA, "crane")).reports == ()


async def test_rights_and_scope_hold(reports: ReportService) -> None:
    number = (await reports.open(IVAN, NewReport("press", "High"))).row.id
    for refused in (
        reports.open(VERA, NewReport("press", "High")),
        reports.take(VERA, number),
        reports.close(VERA, number, "x"),
        reports.reopen(VERA, number),
    ):
        with pytest.raises(ForbiddenError):
            await refused
    assert (await reports.get(VERA, number)).row.id == number
    with pytest.raises(UnknownSystemError):
        await reports.open(AWAY, NewReport("press", "High"))
    for hidden in (reports.get(AWAY, number), reports.take(AWAY, number), reports.get(IVAN, 999_999)):
        with pytest.raises(ReportNotFoundError):
            await hidden
    assert (await reports.list(AWAY)).total == 0


@pytest.mark.parametrize("words", ["", "  \u200b ", "x" * (LONGEST_WORDS + 1)])
async def test_words_that_say_nothing_or_too_much_are_refused(reports: ReportService, words: str) -> None:
    with pytest.raises(ReportWordsError):
        await reports.open(IVAN, NewReport("press", words))
