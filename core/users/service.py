"""Who is who: turns a Telegram user into an actor, lets them in, and changes what they may do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError, ConflictError, NotFoundError
from core.outbox import Notice, Outbox
from core.users.audit import record
from core.users.models import MEMBERS, Role, User
from core.users.news import PeopleNews
from core.users.records import actor_of, keep_an_admin, user_of
from core.users.rights import Actor, Right
from core.users.scope import Place, Scope

LANGUAGES = ("en", "ru")
_LONGEST_ID = 18
"""Digits: ids are 64 bits, Telegram's have 52."""

Ending = Callable[[AsyncSession, Actor, Actor, datetime], Awaitable[None]]
"""Ends what somebody loses who was the first and is the second now, in the transaction that says so."""


class UnknownPersonError(NotFoundError):
    """Nobody with that Telegram id or name has written to the bot."""

    key = "error-person-unknown"


class AlreadyDecidedError(ConflictError):
    """Another admin answered this request for access first."""

    key = "error-already-decided"


@dataclass(frozen=True, slots=True)
class Profile:
    """What Telegram tells about a person. `language_code` is their app's (IETF tag), if it says."""

    id: int
    name: str
    username: str | None = None
    language_code: str | None = None


class UserService:
    """Users, roles and invitations. Newcomers may do nothing until an admin or an invitation lets them in."""

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        outbox: Outbox,
        *,
        default_language: str = "en",
        time_zone: str = "UTC",
        news: PeopleNews | None = None,
        end_lost: Ending | None = None,
    ) -> None:
        self._sessions = sessions
        self._news = news
        self._end_lost = end_lost
        self._clock = clock
        self._outbox = outbox
        self._default_language = default_language
        self._time_zone = time_zone

    async def identify(self, profile: Profile) -> Actor:
        """Return the actor behind `profile`, a newcomer being written down as pending. Follows a change of name."""
        async with self._sessions.begin() as session:
            user = await session.get(User, profile.id)
            if user is None:
                user = await self._add(session, profile)
            else:
                self._follow(user, profile)
            return actor_of(user)

    async def find(self, user_id: int) -> Actor | None:
        """Return the actor with Telegram id `user_id`, if known: who a notification is worded for."""
        async with self._sessions() as session:
            user = await session.get(User, user_id)
            return None if user is None else actor_of(user)

    async def set_language(self, actor: Actor, language: str) -> Actor:
        """Make `language` the actor's, from now on whatever their Telegram app speaks."""
        if language not in LANGUAGES:
            raise BadInputError(f"no such language: {language}")
        async with self._changing(actor.id) as session:
            user = await user_of(session, actor.id)
            user.language, user.language_chosen = language, True
            return actor_of(user)

    async def set_poor_signal(self, actor: Actor, poor_signal: bool) -> Actor:
        """Note whether the actor's answers should begin with a few hundred bytes."""
        async with self._changing(actor.id) as session:
            user = await user_of(session, actor.id)
            user.poor_signal = poor_signal
            return actor_of(user)

    async def set_reachable(self, user_id: int, reachable: bool) -> None:
        """Note whether the bot can write to the user (they may block it)."""
        async with self._sessions.begin() as session:
            await session.execute(update(User).where(User.id == user_id).values(reachable=reachable))

    async def request_access(self, actor: Actor, username: str | None = None) -> bool:
        """Ask every admin to let `actor` in; False where they asked already and nobody has decided yet."""
        payload = {"user_id": actor.id, "name": actor.name, "username": username}
        async with self._sessions.begin() as session:
            user = await user_of(session, actor.id, lock=True)
            if user.role != Role.PENDING or user.asked_at is not None:
                return False
            user.asked_at = self._clock()
            for admin in await session.scalars(select(User.id).where(User.role == Role.ADMIN)):
                key = f"access-request:{actor.id}:{admin}:{user.asked_at.isoformat()}"
                await self._outbox.enqueue(session, admin, Notice.ACCESS_REQUEST, payload, dedup_key=key)
        return True

    async def decide(self, actor: Actor, user_id: int, role: Role) -> Actor:
        """Answer a request for access: any role lets the stranger in, BLOCKED silences them.

        Raises:
            AlreadyDecidedError: somebody else did it first.
        """
        actor.require(Right.MANAGE_USERS)
        async with self._changing(user_id) as session:
            user = await user_of(session, user_id, lock=True)
            if user.role != Role.PENDING:
                raise AlreadyDecidedError(f"user {user_id} is {user.role}", role=user.role)
            return await self._grant(session, actor, user, role, action="user.decide")

    async def set_role(self, actor: Actor, user_id: int, role: Role, *, scope: Scope | None = None) -> Actor:
        """Give a known user another role, and another scope if one is given. PENDING takes all rights away.

        Raises:
            LastAdminError: it would leave no admin.
        """
        actor.require(Right.MANAGE_USERS)
        async with self._changing(user_id) as session:
            await keep_an_admin(session, user_id, role)
            user = await user_of(session, user_id, lock=True)
            if scope is not None:
                self._limit(session, actor, user, scope)
            return await self._grant(session, actor, user, role, action="user.set_role")

    async def set_extra(self, actor: Actor, user_id: int, right: Right, *, granted: bool) -> Actor:
        """Grant one right on top of a user's role, or take it back."""
        actor.require(Right.MANAGE_USERS)
        async with self._changing(user_id) as session:
            user = await user_of(session, user_id, lock=True)
            before = actor_of(user)
            rights = set(user.extra_rights) - {right} | ({right} if granted else set())
            user.extra_rights = sorted(rights)
            action = "user.add_right" if granted else "user.take_right"
            record(session, actor, action, target=user.id, details={"right": right})
            return await self._part(session, before, user)

    async def enrol(
        self, actor: Actor, user_id: int, role: Role, *, name: str | None = None, language: str | None = None
    ) -> Actor:
        """Let somebody in whom the bot may not have met yet: the first admin, people known in advance."""
        actor.require(Right.MANAGE_USERS)
        profile = Profile(user_id, name or str(user_id), language_code=language)
        async with self._changing(user_id) as session:
            await keep_an_admin(session, user_id, role)
            user = await session.get(User, user_id, with_for_update=True) or await self._add(session, profile)
            return await self._grant(session, actor, user, role, action="user.enrol", tell=False)

    async def named(self, actor: Actor, who: str) -> User:
        """Return the user with that Telegram id or @username.

        Raises:
            UnknownPersonError: nobody by that name.
        """
        actor.require(Right.MANAGE_USERS)
        is_id = who.isascii() and who.isdigit() and len(who) <= _LONGEST_ID
        known = User.id == int(who) if is_id else func.lower(User.username) == who.removeprefix("@").lower()
        async with self._sessions() as session:
            if (user := await session.scalar(select(User).where(known).order_by(User.id).limit(1))) is None:
                raise UnknownPersonError(who=who[:64])
            return user

    async def has_admin(self) -> bool:
        """Tell whether there is anybody who can let people in."""
        async with self._sessions() as session:
            return await session.scalar(select(User.id).where(User.role == Role.ADMIN).limit(1)) is not None

    async def get(self, actor: Actor, user_id: int) -> User:
        """Return one user.

        Raises:
            NotFoundError: nobody by that id.
        """
        actor.require(Right.MANAGE_USERS)
        async with self._sessions() as session:
            return await user_of(session, user_id)

    async def list_users(self, actor: Actor) -> list[User]:
        """Return everybody, those who wait first, then by name."""
        actor.require(Right.MANAGE_USERS)
        order = select(User).order_by((User.role == Role.PENDING).desc(), func.lower(User.name), User.id)
        async with self._sessions() as session:
            return list(await session.scalars(order))

    async def reachable_users(self) -> list[Actor]:
        """Return everybody who is let in and has not blocked the bot: whose command menus are kept."""
        members = select(User).where(User.role.in_(MEMBERS), User.reachable).order_by(User.id)
        async with self._sessions() as session:
            return [actor_of(user) for user in await session.scalars(members)]

    async def holders(self, right: Right, machine: Place | None = None) -> list[Actor]:
        """Return everybody who has `right`, at `machine` if one is given: who a message about it is for."""
        members = select(User).where(User.role.in_(MEMBERS)).order_by(User.id)
        async with self._sessions() as session:
            actors = [actor_of(user) for user in await session.scalars(members)]
        return [actor for actor in actors if actor.may(right, machine=machine)]

    async def _add(self, session: AsyncSession, profile: Profile) -> User:
        values = {
            "id": profile.id,
            "name": _kept(profile.name, 200),
            "username": profile.username and _kept(profile.username, 64),
            "language": self._language(profile),
            "time_zone": self._time_zone,
            "created_at": self._clock(),
        }
        # Two first messages may race: the second finds the first one's row.
        await session.execute(insert(User).values(values).on_conflict_do_nothing())
        return await user_of(session, profile.id)

    def _follow(self, user: User, profile: Profile) -> None:
        user.name = _kept(profile.name, 200)
        user.username = profile.username and _kept(profile.username, 64)
        if not user.language_chosen and profile.language_code:
            user.language = self._language(profile)

    def _language(self, profile: Profile) -> str:
        code = (profile.language_code or self._default_language).partition("-")[0].lower()
        return code if code in LANGUAGES else self._default_language

    @asynccontextmanager
    async def _changing(self, user_id: int | None) -> AsyncIterator[AsyncSession]:
        """Begin a transaction that changes a person; once it is committed, everybody hears of it."""
        async with self._sessions.begin() as session:
            yield session
        if self._news is not None and user_id is not None:
            await self._news.announce(user_id)

    def _limit(self, session: AsyncSession, actor: Actor, user: User, scope: Scope) -> None:
        before = Scope.load(user.scope)
        if before != scope:
            user.scope = scope.dump()
            details = {"from": str(before), "to": str(scope)}
            record(session, actor, "user.set_scope", target=user.id, details=details)

    async def _grant(
        self, session: AsyncSession, actor: Actor, user: User, role: Role, *, action: str, tell: bool = True
    ) -> Actor:
        was, before = actor_of(user), Role(user.role)
        if before == role:
            return was
        user.role, user.asked_at = role, None
        if role in (Role.PENDING, Role.BLOCKED):
            user.extra_rights = []
        record(session, actor, action, target=user.id, details={"from": before, "to": role})
        if tell and role in MEMBERS:
            kind = Notice.ACCESS_GRANTED if before == Role.PENDING else Notice.ROLE_CHANGED
            await self._outbox.enqueue(session, user.id, kind, {"role": role})
        return await self._part(session, was, user)

    async def _part(self, session: AsyncSession, before: Actor, user: User) -> Actor:
        """Return who somebody is now, whose rights may be fewer than before."""
        now = actor_of(user)
        if self._end_lost is not None:
            await self._end_lost(session, before, now, self._clock())
        return now


def _kept(words: str, most: int) -> str:
    """Return what of a name fits into its column, which holds no NUL."""
    return words.replace("\0", "")[:most]
