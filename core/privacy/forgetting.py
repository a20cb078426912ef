"""/forgetme: a person goes. What was only theirs is deleted; what proves what was done stays under a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.models import AlarmEvent, AlarmGroup, EscalationChain, Rota
from core.errors import ConflictError
from core.outbox import OutboxMessage
from core.privacy.traces import TRACES, Fate, done_to, naming, of_person, sections
from core.timescale.journal import withdraw_orders
from core.users.audit import record
from core.users.greetings import GREETED
from core.users.models import AuditEntry, Departure, Role, User
from core.users.news import PeopleNews
from core.users.records import keep_an_admin, member_id, user_of
from core.users.rights import Actor

log = structlog.get_logger(__name__)
CONVERSATION_STATES = "hydrodiag:fsm"
"""Where the bot keeps what a chat is in the middle of: `hydrodiag:fsm:<chat>:<person>:...`."""
_BELIEVED_S = 600
"""A plan older than that may no longer be what somebody wants."""


class PlanTooOldError(ConflictError):
    """The plan was made too long ago to be carried out."""

    key = "privacy-too-old"


@dataclass(frozen=True, slots=True)
class Farewell:
    """How many rows of each section go, and how many stay without the person."""

    deleted: Mapping[str, int]
    kept: Mapping[str, int]


class ForgettingService:
    """Plans and does it, for the one who asks and nobody else."""

    def __init__(self, sessions: SessionFactory, clock: Clock, redis: Redis, news: PeopleNews) -> None:
        self._sessions = sessions
        self._clock = clock
        self._redis = redis
        self._news = news

    async def plan(self, actor: Actor) -> Farewell:
        """Tell what would be deleted and what would stay.

        Raises:
            ForbiddenError: nobody let the actor in.
            LastAdminError: nobody would be left to let people in.
        """
        user_id = member_id(actor)
        async with self._sessions.begin() as session:
            await keep_an_admin(session, user_id, Role.PENDING)
            return await _counted(session, user_id)

    async def forget(self, actor: Actor, *, told_at: float) -> Farewell:
        """Do it, in one transaction; every process then stops what it does for the person.

        They were told what that means at `told_at` (seconds since 1970 began).

        Raises:
            PlanTooOldError: that is long ago, or has yet to come.
            ForbiddenError, LastAdminError.
            NotFoundError: they are forgotten already.
        """
        user_id = member_id(actor)
        if abs(self._clock().timestamp() - told_at) > _BELIEVED_S:
            raise PlanTooOldError
        async with self._sessions.begin() as session:
            await keep_an_admin(session, user_id, Role.PENDING)
            user = await user_of(session, user_id, lock=True)
            farewell = await _counted(session, user_id)
            departure = Departure(left_at=self._clock())
            session.add(departure)
            record(session, actor, "user.forget", target=user_id, details={"deleted": sum(farewell.deleted.values())})
            await session.flush()
            await withdraw_orders(session, user_id, departure.left_at)
            await session.flush()
            await _rename(session, user_id, departure)
            await _take_out(session, user_id)
            await _hush(session, user, departure)
            await _delete(session, user)
        await self._news.announce(user_id)
        await self._clear_redis(user_id)
        return farewell

    async def _clear_redis(self, user_id: int) -> None:
        try:
            async for key in self._redis.scan_iter(match=f"{CONVERSATION_STATES}:*:{user_id}:*", count=1000):
                await self._redis.delete(key)
            await self._redis.delete(f"{GREETED}{user_id}")
        except (RedisError, OSError) as error:
            log.warning("states of a forgotten person stay in Redis", error=repr(error))


async def _counted(session: AsyncSession, user_id: int) -> Farewell:
    fates = {trace.section: trace.fate for trace in TRACES}
    counts = {
        section: await session.scalar(select(func.count()).select_from(table).where(of_person(section, user_id))) or 0
        for section, table in sections().items()
    }
    deleted = {section: count for section, count in counts.items() if fates[section] is Fate.DELETE}
    return Farewell(deleted, {section: count for section, count in counts.items() if section not in deleted})


def _name(departure: Departure) -> str:
    return f"user-{departure.id}"


async def _rename(session: AsyncSession, user_id: int, departure: Departure) -> None:
    """Put a number that leads to nobody in place of the id, and of the name beside it."""
    number, name = -departure.id, _name(departure)
    in_details = AlarmEvent.details.op("||")(func.jsonb_build_object("name", name, type_=JSONB))
    told = update(AlarmEvent).where(AlarmEvent.actor_id == user_id, AlarmEvent.details.has_key("name"))
    await session.execute(told.values(details=in_details))
    for trace in TRACES:
        if trace.fate is Fate.RENAME:
            values: dict[str, object] = {trace.column.key: number}
            if trace.name is not None:
                values[trace.name.key] = name
            await session.execute(update(trace.table).where(trace.holds(user_id)).values(values))
    await session.execute(update(AuditEntry).where(done_to(user_id)).values(target=str(number)))
    for entry in await session.scalars(select(AuditEntry).where(naming(user_id))):
        entry.details = _renamed(entry.details, {user_id: number, str(user_id): str(number)})


def _renamed(value: Any, numbers: Mapping[object, object]) -> Any:
    """Return JSON with other numbers in place of some."""
    if isinstance(value, dict):
        return {key: _renamed(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, numbers) for inner in value]
    return numbers.get(value, value)


async def _take_out(session: AsyncSession, user_id: int) -> None:
    """Nobody calls them in any more."""
    for group in await session.scalars(select(AlarmGroup).where(of_person("alarm_calls", user_id)).with_for_update()):
        group.called = [chat for chat in group.called if chat != user_id]
    for rota in await session.scalars(select(Rota).where(of_person("rotas", user_id)).with_for_update()):
        rota.members = [member for member in rota.members if member != user_id]
        if rota.stand_in == user_id:
            rota.stand_in = rota.stand_in_until = None
    chains = select(EscalationChain).where(of_person("escalation_chains", user_id)).with_for_update()
    for chain in await session.scalars(chains):
        chain.steps = [step for step in chain.steps if step.get("call") != str(user_id)]


async def _hush(session: AsyncSession, user: User, departure: Departure) -> None:
    """Take them out of messages to others: what is about them goes, what they only did is told without their name."""
    about = OutboxMessage.payload["user_id"].as_integer() == user.id
    await session.execute(delete(OutboxMessage).where(OutboxMessage.payload.has_key("user_id"), about))
    for key in ("by", "author"):
        named = update(OutboxMessage).where(OutboxMessage.payload[key].as_string() == user.name)
        nobody = OutboxMessage.payload.op("||")(func.jsonb_build_object(key, _name(departure), type_=JSONB))
        await session.execute(named.values(payload=nobody))


async def _delete(session: AsyncSession, user: User) -> None:
    for trace in TRACES:
        if trace.fate is Fate.DELETE and trace.table is not User.__table__:
            await session.execute(delete(trace.table).where(trace.holds(user.id)))
    await session.delete(user)
