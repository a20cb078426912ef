"""A shift handed over: written down with the facts of its time, brought to those who come, read by who may."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from core.diagnostics.digests.models import DigestKind
from core.diagnostics.handovers.models import Handover
from core.diagnostics.handovers.service import (
    LONGEST_NOTE,
    HandoverNoteError,
    HandoverService,
    NoHandoverError,
    NothingToHandOverError,
)
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Severity
from core.diagnostics.reports.service import NewReport, ReportService
from core.diagnostics.service import DiagnosticsService
from core.errors import ForbiddenError
from core.outbox import Notice, OutboxMessage
from core.users.models import AuditEntry, Role, User
from core.users.rights import OPERATOR, Actor
from core.users.scope import Scope
from tests.integration.alerts.conftest import ADMIN, ENGINEER, Plant, add_machine, plant
from tests.integration.digests.conftest import digests_of, left

__all__ = ["plant"]
IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)
ANNA = Actor(ADMIN, "Anna", Role.ADMIN)
TWO = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)


@pytest.fixture
async def service(plant: Plant) -> HandoverService:
    await plant.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna")
    return HandoverService(plant.sessions, plant.clock, plant.outbox)


async def _change(plant: Plant, user_id: int, **values: object) -> None:
    async with plant.sessions.begin() as session:
        await session.execute(update(User).where(User.id == user_id).values(**values))


async def _brought(plant: Plant) -> list[OutboxMessage]:
    async with plant.sessions() as session:
        found = select(OutboxMessage).where(OutboxMessage.kind == Notice.HANDOVER).order_by(OutboxMessage.id)
        return list(await session.scalars(found))


async def test_the_shift_that_ends_is_told_with_its_alarms_and_open_reports(
    plant: Plant, service: HandoverService
) -> None:
    reports = ReportService(plant.sessions, plant.clock, DiagnosticsService(plant.sessions, plant.clock))
    await reports.open(IVAN, NewReport("press-2", "Hose sweats at the pump"))
    closed = await reports.open(IVAN, NewReport("press-2", "Nothing"))
    await reports.close(IVAN, closed.row.id, "Nothing it was")
    await plant.find(Severity.WARNING)
    plant.clock.now = TWO
    prepared = await service.prepare(IVAN)
    assert prepared.facts.shift.begin == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    assert prepared.facts.shift.open.total == 1
    assert [one.words for one in prepared.facts.reports.shown] == ["Hose sweats at the pump"]


async def test_it_is_written_down_audited_and_brought_to_those_who_come(plant: Plant, service: HandoverService) -> None:
    await plant.users.enrol(OPERATOR, 3, Role.ENGINEER, name="Night")
    await _change(plant, ADMIN, shift_from=time(14), shift_to=time(22))
    await _change(plant, 3, shift_from=time(22), shift_to=time(6))
    plant.clock.now = TWO - timedelta(minutes=10)
    assert await service.hand_over(IVAN, "  Watch the oil \N{RIGHT-TO-LEFT OVERRIDE}of press 2 ") == 1
    [message] = await _brought(plant)
    assert (message.chat_id, message.payload["note"]) == (ADMIN, "Watch the oil of press 2")
    async with plant.sessions() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "handover.given"))
        row = await session.scalar(select(Handover))
    assert entry is not None
    assert row is not None
    assert (entry.actor_id, entry.target, row.machines) == (ENGINEER, str(row.id), ["press-2"])


async def test_quiet_hours_hold_it_back(plant: Plant, service: HandoverService) -> None:
    await _change(plant, ADMIN, quiet_from=time(13), quiet_to=time(15))
    plant.clock.now = TWO
    await service.hand_over(IVAN, "")
    [message] = await _brought(plant)
    assert message.due_at == TWO + timedelta(hours=1)


async def test_the_next_shift_reads_the_note_in_its_digest(plant: Plant, service: HandoverService) -> None:
    await _change(plant, ADMIN, shift_from=time(22), shift_to=time(6))
    plant.clock.now = TWO
    assert await service.hand_over(IVAN, "The hose is ordered") == 0
    plant.clock.now = TWO + timedelta(hours=8)
    await digests_of(plant).send_due()
    [(chat, digest)] = [(chat, one) for chat, one in await left(plant) if one.kind is DigestKind.SHIFT]
    assert chat == ADMIN
    assert [note.words for note in digest.notes.shown] == ["The hose is ordered"]


async def test_only_who_sees_all_machines_of_a_handover_reads_it(plant: Plant, service: HandoverService) -> None:
    await add_machine(plant.sessions, "press-9")
    half = Scope.of(machines=frozenset({"press-9"}))
    await plant.users.set_role(OPERATOR, ADMIN, Role.ADMIN, scope=half)
    anna = Actor(ADMIN, "Anna", Role.ADMIN, scope=half)
    plant.clock.now = TWO
    assert await service.hand_over(IVAN, "About both") == 0
    with pytest.raises(NoHandoverError):
        await service.show(anna)
    assert await service.hand_over(IVAN, "About nine", "press-9") == 1
    shown = await service.show(anna)
    assert (shown.note, shown.older, shown.author) == ("About nine", False, "Ivan")
    with pytest.raises(NoHandoverError):
        await service.show(anna, handover_id=(await service.show(IVAN, 1)).id)


async def test_handovers_are_turned_from_the_newest_back(plant: Plant, service: HandoverService) -> None:
    for note in ("one", "two"):
        await service.hand_over(IVAN, note)
    newest = await service.show(ANNA)
    assert (newest.note, newest.older) == ("two", True)
    oldest = await service.show(ANNA, 1)
    assert (oldest.note, oldest.older, oldest.number) == ("one", False, 1)


async def test_a_site_can_be_handed_over_alone(plant: Plant, service: HandoverService) -> None:
    prepared = await service.prepare(IVAN, "North")
    assert prepared.facts.shift.machines == 1
    with pytest.raises(UnknownSystemError):
        await service.prepare(IVAN, "mars")


async def test_what_cannot_be_handed_over_is_said_and_nothing_is_written(
    plant: Plant, service: HandoverService
) -> None:
    with pytest.raises(HandoverNoteError):
        await service.hand_over(IVAN, "x" * (LONGEST_NOTE + 1))
    with pytest.raises(ForbiddenError):
        await service.hand_over(Actor(5, "V", Role.VIEWER), "note")
    with pytest.raises(NothingToHandOverError):
        await service.prepare(Actor(ENGINEER, "Ivan", Role.ENGINEER, scope=Scope.of(sites=frozenset({"south"}))))
    assert await _brought(plant) == []
    with pytest.raises(NoHandoverError):
        await service.show(IVAN)
