"""Who gets in, who may change what, and what is written down about it."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import select, update

from core.database import SessionFactory
from core.errors import BadInputError, ForbiddenError, NotFoundError
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.invites import InviteError, InviteService, InviteTermsError
from core.users.models import AuditEntry, Invite, Role
from core.users.news import PeopleNews
from core.users.records import LastAdminError
from core.users.rights import OPERATOR, Actor, Right
from core.users.scope import WHOLE_PLANT, Scope
from core.users.service import AlreadyDecidedError, Profile, UserService
from core.users.signing import SigningKey
from tests.fakes.clock import SettableClock


@pytest.fixture
def users(sessions: SessionFactory, clock: SettableClock) -> UserService:
    return UserService(sessions, clock, Outbox(sessions, clock), default_language="en", time_zone="Europe/Moscow")


@pytest.fixture
def invites(sessions: SessionFactory, clock: SettableClock, redis: Redis, tmp_path: Path) -> InviteService:
    return InviteService(sessions, clock, SigningKey(None, tmp_path / "secret.key"), PeopleNews(redis))


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


async def test_a_request_for_access_reaches_every_admin_once(users: UserService, sessions: SessionFactory) -> None:
    await _admin(users, 1)
    await _admin(users, 2)
    stranger = await users.identify(Profile(7, "Sam", "sam"))
    for _ in range(3):
        await users.request_access(stranger, "sam")
    assert sorted(message.chat_id for message in await _outbox(sessions)) == [1, 2]


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


async def test_engineers_manage_nobody(users: UserService, invites: InviteService) -> None:
    engineer = await users.enrol(OPERATOR, 5, Role.ENGINEER)
    with pytest.raises(ForbiddenError):
        await users.list_users(engineer)
    with pytest.raises(ForbiddenError):
        await users.set_role(engineer, 5, Role.ADMIN)
    with pytest.raises(ForbiddenError):
        await invites.create(engineer, Role.ADMIN)
    with pytest.raises(ForbiddenError):
        await users.decide(engineer, 5, Role.ADMIN)


async def test_changing_a_user_nobody_met_is_an_error(users: UserService) -> None:
    with pytest.raises(NotFoundError):
        await users.set_role(await _admin(users), 404, Role.ENGINEER)


async def test_an_invitation_works_once_and_its_code_is_not_stored(
    users: UserService, invites: InviteService, sessions: SessionFactory
) -> None:
    made = await invites.create(await _admin(users), Role.ENGINEER, scope=Scope.parse("site:north"))
    async with sessions() as session:
        [stored] = await session.scalars(select(Invite))
        [kept] = await session.scalars(select(AuditEntry.details).where(AuditEntry.action == "user.invite"))
    assert made.code[:16] not in f"{stored.code_hash} {kept}"
    first = await users.identify(Profile(7, "Sam"))
    member = await invites.redeem(first, made.code)
    assert (member.role, member.scope) == (Role.ENGINEER, Scope.parse("site:north"))
    with pytest.raises(InviteError):
        await invites.redeem(await users.identify(Profile(8, "Eve")), made.code)


async def test_an_invitation_for_two_works_twice(users: UserService, invites: InviteService) -> None:
    made = await invites.create(OPERATOR, Role.VIEWER, uses=2)
    for user_id in (7, 8):
        assert (await invites.redeem(await users.identify(Profile(user_id, "Sam")), made.code)).role is Role.VIEWER
    with pytest.raises(InviteError):
        await invites.redeem(await users.identify(Profile(9, "Eve")), made.code)


async def test_an_invitation_expires(users: UserService, invites: InviteService, clock: SettableClock) -> None:
    made = await invites.create(OPERATOR, Role.ADMIN)
    clock.advance(timedelta(hours=24))
    with pytest.raises(InviteError):
        await invites.redeem(await users.identify(Profile(7, "Sam")), made.code)


async def test_a_changed_code_or_changed_terms_let_nobody_in(
    users: UserService, invites: InviteService, sessions: SessionFactory
) -> None:
    eve = await users.identify(Profile(8, "Eve"))
    made = await invites.create(OPERATOR, Role.VIEWER, scope=Scope.parse("site:north"))
    for code in (made.code[:-1] + "!", made.code[:16], made.code + "A", made.code[:16] + made.code[16:][::-1], "", "é"):
        with pytest.raises(InviteError):
            await invites.redeem(eve, code)
    for change in ({"role": Role.ADMIN}, {"scope": None}, {"max_uses": 100}):
        made = await invites.create(OPERATOR, Role.VIEWER, scope=Scope.parse("site:north"))
        async with sessions.begin() as session:
            await session.execute(update(Invite).where(Invite.uses == 0).values(change))
        with pytest.raises(InviteError):
            await invites.redeem(eve, made.code)


async def test_a_rotated_key_voids_open_invitations(users: UserService, invites: InviteService, tmp_path: Path) -> None:
    made = await invites.create(OPERATOR, Role.VIEWER)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
    sam = await users.identify(Profile(7, "Sam"))
    with pytest.raises(ForbiddenError):
        await invites.void_all(sam)
    await invites.void_all(OPERATOR)
    with pytest.raises(InviteError):
        await invites.redeem(sam, made.code)
    again = await invites.create(OPERATOR, Role.VIEWER)
    assert (await invites.redeem(sam, again.code)).role is Role.VIEWER


@pytest.mark.parametrize(
    ("role", "lifetime", "uses"),
    [
        (Role.PENDING, timedelta(days=1), 1),
        (Role.VIEWER, timedelta(days=31), 1),
        (Role.VIEWER, timedelta(), 1),
        (Role.VIEWER, timedelta(days=1), 101),
        (Role.ADMIN, timedelta(days=1), 2),
    ],
)
async def test_some_invitations_cannot_be_made(
    invites: InviteService, role: Role, lifetime: timedelta, uses: int
) -> None:
    with pytest.raises(InviteTermsError):
        await invites.create(OPERATOR, role, lifetime=lifetime, uses=uses)


async def test_nobody_is_less_after_an_invitation(users: UserService, invites: InviteService) -> None:
    admin = await _admin(users)
    made = await invites.create(admin, Role.ENGINEER, scope=Scope.parse("site:north"))
    member = await invites.redeem(admin, made.code)
    assert (member.role, member.scope) == (Role.ADMIN, WHOLE_PLANT)
    await users.enrol(OPERATOR, 7, Role.ENGINEER)
    await users.set_role(OPERATOR, 7, Role.ENGINEER, scope=Scope.parse("site:south"))
    made = await invites.create(admin, Role.ENGINEER, scope=Scope.parse("site:north"))
    engineer = await invites.redeem(await users.identify(Profile(7, "Sam")), made.code)
    assert engineer.scope == Scope.parse("site:north site:south")


async def test_the_blocked_cannot_redeem(users: UserService, invites: InviteService) -> None:
    await users.enrol(OPERATOR, 7, Role.BLOCKED)
    made = await invites.create(OPERATOR, Role.ENGINEER)
    with pytest.raises(InviteError):
        await invites.redeem(await users.identify(Profile(7, "Sam")), made.code)


async def test_revoking_takes_extra_rights_too_and_lets_them_ask_again(users: UserService) -> None:
    await _admin(users)
    sam = await users.identify(Profile(7, "Sam"))
    assert await users.request_access(sam)
    assert not await users.request_access(sam)
    await users.set_role(OPERATOR, 7, Role.ENGINEER)
    assert (await users.set_extra(OPERATOR, 7, Right.SEE_HEALTH, granted=True)).may(Right.SEE_HEALTH)
    await users.set_role(OPERATOR, 7, Role.PENDING)
    assert (await users.set_role(OPERATOR, 7, Role.ENGINEER)).extra == frozenset()
    sam = await users.set_role(OPERATOR, 7, Role.PENDING)
    assert await users.request_access(sam)


async def test_a_change_is_heard_by_every_process(users: UserService, redis: Redis) -> None:
    heard: list[int] = []
    news = PeopleNews(redis)
    told = UserService(users._sessions, users._clock, users._outbox, news=news)
    await users.enrol(OPERATOR, 7, Role.ENGINEER)

    async def listen() -> None:
        async with aclosing(news.listen()) as changed:
            heard.append(await anext(changed))

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        while not listening.done():
            await told.set_role(OPERATOR, 7, Role.VIEWER)
            await told.set_role(OPERATOR, 7, Role.ENGINEER)
            await asyncio.sleep(0.02)
    assert heard == [7]


async def test_has_admin_tells_whether_anybody_can_let_people_in(users: UserService) -> None:
    assert not await users.has_admin()
    await _admin(users)
    assert await users.has_admin()


async def test_those_who_wait_come_first_in_the_list(users: UserService) -> None:
    admin = await _admin(users)
    await users.identify(Profile(7, "Zoe"))
    assert [user.id for user in await users.list_users(admin)] == [7, 1]
