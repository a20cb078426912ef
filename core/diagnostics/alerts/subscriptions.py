"""What chats hear: people choose for themselves, those who look after alarms for groups and their topics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.alerts.audience import QuietHours, quiet_hours, wish
from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.models import AlertProfile
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Severity, System
from core.diagnostics.scope import in_scope
from core.errors import ForbiddenError
from core.users.audit import record
from core.users.models import User
from core.users.records import actor_of
from core.users.rights import Actor, Right


class NotForThisChatError(ForbiddenError):
    """What a group hears is decided by those who look after alarms, what a person hears by that person."""

    key = "error-subscription-group"


@dataclass(frozen=True, slots=True)
class Chat:
    """Where somebody listens: a person (their id), or a group (negative), perhaps in one of its topics."""

    id: int
    topic: int | None = None

    @property
    def is_group(self) -> bool:
        """Whether several people read along."""
        return self.id < 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a chat hears. `machines`: those that the reader may choose from; `matcher` may name others, too."""

    chat: Chat
    on: bool
    matcher: Matcher
    topic: int | None
    machines: Sequence[System]
    quiet: QuietHours | None
    may_change: bool

    @property
    def heard(self) -> list[System]:
        """Those of `machines` whose alarms the chat hears."""
        return [system for system in self.machines if self.matcher.covers(system.site, system.code)]


class Subscriptions:
    """Shows and changes what a chat hears. In a group the actor is as `Actor.in_group` says."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def look(self, actor: Actor, chat: Chat) -> Subscription:
        """Return what the chat hears.

        Raises:
            ForbiddenError: the actor may not see machines.
            NotForThisChatError: it is another person's.
        """
        actor.require(Right.SEE_MACHINES)
        async with self._sessions() as session:
            may_change = await _may_change(session, actor, chat)
            if not (may_change or chat.is_group):
                raise NotForThisChatError
            profile = await session.get(AlertProfile, chat.id)
            query = select(System).where(in_scope(actor.scope)).order_by(System.site, System.code)
            machines = (await session.scalars(query)).all()
            person = None if chat.is_group else await session.get(User, chat.id)
        return Subscription(
            chat=chat,
            on=profile.wanted if profile is not None else not chat.is_group,
            matcher=wish(profile),
            topic=profile.thread_id if profile is not None else None,
            machines=machines,
            quiet=quiet_hours(person) if person is not None else None,
            may_change=may_change,
        )

    async def switch(self, actor: Actor, chat: Chat, *, on: bool) -> Subscription:
        """Turn alarms on or off; turned on in a topic, they come there from now on.

        Raises:
            ForbiddenError, NotForThisChatError
        """

        def change(profile: AlertProfile) -> None:
            profile.wanted = on
            if on:
                profile.thread_id = chat.topic

        return await self._change(actor, chat, change)

    async def hear_from(self, actor: Actor, chat: Chat, severity: Severity) -> Subscription:
        """Hear alarms that are at least so bad.

        Raises:
            ForbiddenError, NotForThisChatError
        """
        return await self._rewrite(actor, chat, lambda matcher: replace(matcher, at_least=severity))

    async def hear_all(self, actor: Actor, chat: Chat) -> Subscription:
        """Hear of all machines of the chat's scope.

        Raises:
            ForbiddenError, NotForThisChatError
        """
        return await self._rewrite(actor, chat, lambda matcher: replace(matcher, sites=(), machines=()))

    async def choose(self, actor: Actor, chat: Chat, system_id: int, *, whole_site: bool, chosen: bool) -> Subscription:
        """Hear of a machine, or of the whole site where it stands, or no longer. With none chosen all are heard.

        Raises:
            ForbiddenError, NotForThisChatError
            UnknownSystemError: none of the machines that the actor sees here.
        """
        machines = (await self.look(actor, chat)).machines
        place = next((system for system in machines if system.id == system_id), None)
        if place is None:
            raise UnknownSystemError(name=str(system_id), machines=", ".join(s.code for s in machines))
        return await self._rewrite(
            actor, chat, lambda matcher: matcher.with_place(place, machines, whole_site=whole_site, chosen=chosen)
        )

    async def _rewrite(self, actor: Actor, chat: Chat, change: Callable[[Matcher], Matcher]) -> Subscription:
        def rewrite(profile: AlertProfile) -> None:
            profile.matcher = change(wish(profile)).as_json()

        return await self._change(actor, chat, rewrite)

    async def _change(self, actor: Actor, chat: Chat, change: Callable[[AlertProfile], None]) -> Subscription:
        actor.require(Right.SEE_MACHINES)
        async with self._sessions.begin() as session:
            if not await _may_change(session, actor, chat):
                raise NotForThisChatError
            profile = await _profile(session, chat)
            before = _seen(profile)
            change(profile)
            if _seen(profile) != before:
                record(session, actor, "alarms.subscribe", target=chat.id, details=_seen(profile))
        return await self.look(actor, chat)


async def forget_subscription(session: AsyncSession, chat_id: int) -> None:
    """Drop what somebody chose who is let in no longer: should they come back, they begin anew."""
    await session.execute(delete(AlertProfile).where(AlertProfile.chat_id == chat_id))


async def _may_change(session: AsyncSession, actor: Actor, chat: Chat) -> bool:
    """In a group nobody is more than an engineer; who may decide for it is looked up."""
    if not chat.is_group:
        return chat.id == actor.id
    user = await session.get(User, actor.id) if actor.id is not None else None
    return user is not None and actor_of(user).may(Right.MANAGE_ALARMS)


async def _profile(session: AsyncSession, chat: Chat) -> AlertProfile:
    """Return the chat's row, locked; a group that has none yet begins with alarms off."""
    new = insert(AlertProfile).values(chat_id=chat.id, thread_id=chat.topic, wanted=not chat.is_group)
    await session.execute(new.on_conflict_do_nothing())
    return await session.get_one(AlertProfile, chat.id, with_for_update=True)


def _seen(profile: AlertProfile) -> dict[str, object]:
    topic = {} if profile.thread_id is None else {"topic": profile.thread_id}
    return {"on": profile.wanted, **wish(profile).as_json(), **topic}
