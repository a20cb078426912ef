"""Who gets in, who may change what, and what is written down about it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.errors import BadInputError, ForbiddenError, NotFoundError
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.invites import InviteError
from core.users.models import AuditEntry, Invite, Role
from core.users.rights import OPERATOR, Actor
from core.users.service import AlreadyDecidedError, LastAdminError, Profile, UserService
from tests.fakes.clock import SettableClock


@pytest.fixture
def users(sessions: SessionFactory, clock: SettableClock) -> UserService:
    return UserService(sessions, clock, Outbox(sessions, clock), default_language="en", time_zone="Europe/Moscow")


async def _outbox(sessions: SessionFactory) -> list[OutboxMessage]:
    async with sessions() as session:
        return list(await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


async def _admin(users: UserService, user_id: int = 1) -> Actor:
    return await users.enrol(OPERATOR, user_id, Role.ADMIN, name=f"Admin {user_id}")


async def test_a_newcomer_is_pending_and_speaks_the_language_of_the_app(users: UserService) -> None:
    actor = await users.identify(Profile(7, "Иван", "ivan", "ru-RU"))
    assert (actor.role, actor.language, actor.time_zone) == (Role.PENDING, "ru", "Europe/Moscow")


async def test_an_unknown_app_language_falls_back_to_the_default(users: UserService) -> None:
    assert (await users.identify(Profile(7, "Jean", None, "fr"))).language == "en"


async def test_a_chosen_language_wins_over_the_app(users: UserService) -> None:
    actor = await users.identify(Profile(7, "Ivan", None, "en"))
    await users.set_language(actor, "ru")
    assert (await users.identify(Profile(7, "Ivan", None, "en"))).language == "ru"


async def test_a_language_nobody_speaks_is_refused(users: UserService) -> None:
    actor = await users.identify(Profile(7, "Ivan"))
    with pytest.raises(BadInputError):
        await users.set_language(actor, "de")


async def test_a_request_for_access_reaches_every_admin_once_a_day(
    users: UserService, sessions: SessionFactory, clock: SettableClock
) -> None:
    await _admin(users, 1)
    await _admin(users, 2)
    stranger = await users.identify(Profile(7, "Sam", "sam"))
    for _ in range(3):
        await users.request_access(stranger, "sam")
    assert sorted(message.chat_id for message in await _outbox(sessions)) == [1, 2]
    clock.advance(timedelta(days=1))
    await users.request_access(stranger, "sam")
    assert len(await _outbox(sessions)) == 4


async def test_a_decision_grants_the_role_tells_the_stranger_and_is_audited(
    users: UserService, sessions: SessionFactory
) -> None:
    admin = await _admin(users)
    await users.identify(Profile(7, "Sam"))
    assert (await users.decide(admin, 7, Role.ENGINEER)).role is Role.ENGINEER
    [notice] = await _outbox(sessions)
    assert (notice.chat_id, notice.kind, notice.payload) == (7, Notice.ACCESS_GRANTED, {"role": "engineer"})
    async with sessions() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "user.decide"))
    assert entry is not None
    assert (entry.actor_id, entry.target, entry.details) == (1, "7", {"from": "pending", "to": "engineer"})


async def test_the_second_admin_to_decide_learns_that_it_is_done(users: UserService) -> None:
    admin = await _admin(users)
    await users.identify(Profile(7, "Sam"))
    await users.decide(admin, 7, Role.BLOCKED)
    with pytest.raises(AlreadyDecidedError):
        await users.decide(admin, 7, Role.ENGINEER)


async def test_the_last_admin_cannot_be_demoted(users: UserService) -> None:
    admin = await _admin(users)
    with pytest.raises(LastAdminError):
        await users.set_role(admin, 1, Role.ENGINEER)
    await _admin(users, 2)
    assert (await users.set_role(admin, 1, Role.ENGINEER)).role is Role.ENGINEER


async def test_engineers_manage_nobody(users: UserService) -> None:
    engineer = await users.enrol(OPERATOR, 5, Role.ENGINEER)
    with pytest.raises(ForbiddenError):
        await users.list_users(engineer)
    with pytest.raises(ForbiddenError):
        await users.set_role(engineer, 5, Role.ADMIN)
    with pytest.raises(ForbiddenError):
        await users.create_invite(engineer, Role.ADMIN)
    with pytest.raises(ForbiddenError):
        await users.decide(engineer, 5, Role.ADMIN)


async def test_changing_a_user_nobody_met_is_an_error(users: UserService) -> None:
    with pytest.raises(NotFoundError):
        await users.set_role(await _admin(users), 404, Role.ENGINEER)


async def test_an_invitation_works_once_and_is_stored_as_a_hash(users: UserService, sessions: SessionFactory) -> None:
    code = await users.create_invite(await _admin(users), Role.ENGINEER)
    async with sessions() as session:
        [stored] = await session.scalars(select(Invite))
    assert code not in stored.code_hash
    first = await users.identify(Profile(7, "Sam"))
    assert (await users.redeem(first, code)).role is Role.ENGINEER
    with pytest.raises(InviteError):
        await users.redeem(await users.identify(Profile(8, "Eve")), code)


async def test_an_invitation_expires(users: UserService, clock: SettableClock) -> None:
    code = await users.create_invite(OPERATOR, Role.ADMIN)
    clock.advance(timedelta(hours=24))
    with pytest.raises(InviteError):
        await users.redeem(await users.identify(Profile(7, "Sam")), code)


async def test_an_admin_is_not_demoted_by_an_engineers_invitation(users: UserService) -> None:
    admin = await _admin(users)
    code = await users.create_invite(admin, Role.ENGINEER)
    assert (await users.redeem(admin, code)).role is Role.ADMIN


async def test_the_blocked_cannot_redeem(users: UserService) -> None:
    await users.enrol(OPERATOR, 7, Role.BLOCKED)
    code = await users.create_invite(OPERATOR, Role.ENGINEER)
    with pytest.raises(InviteError):
        await users.redeem(await users.identify(Profile(7, "Sam")), code)


async def test_has_admin_tells_whether_anybody_can_let_people_in(users: UserService) -> None:
    assert not await users.has_admin()
    await _admin(users)
    assert await users.has_admin()


async def test_those_who_wait_come_first_in_the_list(users: UserService) -> None:
    admin = await _admin(users)
    await users.identify(Profile(7, "Zoe"))
    assert [user.id for user in await users.list_users(admin)] == [7, 1]
