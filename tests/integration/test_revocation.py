"""What somebody ordered ends with their right to order it."""

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from core.database import SessionFactory
from core.outbox import Outbox
from core.privacy.forgetting import ForgettingService
from core.revocation import end_what_was_lost
from core.timescale.journal import Journal
from core.timescale.models import Kind, Operation, State
from core.users.models import AuditEntry, Role
from core.users.news import PeopleNews
from core.users.rights import OPERATOR, Actor, Right
from core.users.service import UserService
from tests.fakes.clock import SettableClock

IVAN, ANNA = 7, 8


@pytest.fixture
def users(sessions: SessionFactory, clock: SettableClock) -> UserService:
    return UserService(sessions, clock, Outbox(sessions, clock), end_lost=end_what_was_lost)


@pytest.fixture
async def ordered(users: UserService, sessions: SessionFactory, clock: SettableClock) -> dict[str, int]:
    """Ivan's orders: one runs, one waits, one is only planned; and one of Anna's."""
    ivan, anna = [await users.enrol(OPERATOR, who, Role.ADMIN) for who in (IVAN, ANNA)]
    journal = Journal(sessions, clock)

    async def order(actor: Actor, table: str) -> int:
        number = await journal.plan(actor, Kind.COMPRESS, table, [])
        await journal.confirm(actor, number)
        return number

    numbers = {"runs": await order(ivan, "a"), "waits": await order(ivan, "b"), "anna's": await order(anna, "c")}
    await journal.begin(numbers["runs"])
    return numbers | {"planned": await journal.plan(ivan, Kind.COMPRESS, "d", [])}


async def _states(sessions: SessionFactory, ordered: dict[str, int]) -> dict[str, tuple[str, bool]]:
    async with sessions() as session:
        rows = {row.id: (row.state, row.cancel_asked) for row in await session.scalars(select(Operation))}
    return {name: rows[number] for name, number in ordered.items()}


ENDED = {
    "runs": (State.RUNNING, True),
    "waits": (State.CANCELLED, True),
    "planned": (State.CANCELLED, True),
    "anna's": (State.QUEUED, False),
}


@pytest.mark.parametrize("role", [Role.SENIOR_ENGINEER, Role.PENDING, Role.BLOCKED])
async def test_orders_of_somebody_who_was_demoted_end(
    users: UserService, sessions: SessionFactory, ordered: dict[str, int], role: Role
) -> None:
    await users.set_role(OPERATOR, IVAN, role)
    assert await _states(sessions, ordered) == ENDED
    async with sessions() as session:
        entries = await session.scalars(select(AuditEntry).where(AuditEntry.action == "timescale.compress"))
        assert [entry.outcome for entry in entries][-3:].count("cancelled") == 2


async def test_orders_end_with_a_right_that_was_granted_on_top(users: UserService, sessions: SessionFactory) -> None:
    await users.enrol(OPERATOR, IVAN, Role.ENGINEER)
    ivan = await users.set_extra(OPERATOR, IVAN, Right.MANAGE_DATABASE, granted=True)
    journal = Journal(sessions, SettableClock())
    number = await journal.plan(ivan, Kind.CLEAN, "a", [])
    await users.set_extra(OPERATOR, IVAN, Right.MANAGE_DATABASE, granted=False)
    assert (await journal.get(number)).state == State.CANCELLED


async def test_who_only_loses_another_right_keeps_their_orders(
    users: UserService, sessions: SessionFactory, ordered: dict[str, int]
) -> None:
    await users.set_extra(OPERATOR, IVAN, Right.ASK, granted=True)
    await users.set_extra(OPERATOR, IVAN, Right.ASK, granted=False)
    assert (await _states(sessions, ordered))["waits"] == (State.QUEUED, False)


async def test_orders_of_somebody_who_is_forgotten_end(
    users: UserService, sessions: SessionFactory, clock: SettableClock, redis: Redis, ordered: dict[str, int]
) -> None:
    ivan = await users.find(IVAN)
    assert ivan is not None
    await ForgettingService(sessions, clock, redis, PeopleNews(redis)).forget(ivan, told_at=clock().timestamp())
    assert await _states(sessions, ordered) == ENDED
