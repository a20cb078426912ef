"""Who is on call, and taking it over or handing it on, until the end of the turn or of a shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.desk import end_of_shift
from core.diagnostics.alerts.models import Rota
from core.diagnostics.alerts.rota import Duty, Turn, duty_of, just_begun
from core.diagnostics.alerts.staff import Person, callable_person, people, staff
from core.errors import ConflictError, ForbiddenError, NotFoundError
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.audit import record
from core.users.models import User
from core.users.rights import Actor, Right

_NEWS = timedelta(minutes=15)
"""A turn is announced while it is as young."""


class UnknownRotaError(NotFoundError):
    """The rota is gone."""

    key = "error-oncall-rota"


class DutyChangedError(ConflictError):
    """Somebody else is on call than when the button was shown."""

    key = "error-oncall-changed"


class NotOnCallError(ForbiddenError):
    """Who is not on call can take it, but not hand it to others."""

    key = "error-oncall-not-yours"


@dataclass(frozen=True, slots=True)
class RotaCard:
    """A rota as readers see it. `duty` is None without members; `shift_end`: the reader's, where it ends the turn."""

    id: int
    name: str
    turn: timedelta
    anchor: datetime
    members: tuple[Person, ...]
    duty: Duty | None
    people: dict[int, Person]
    shift_end: datetime | None = None


class DutyDesk:
    """Shows who is on call, and passes it on. `zone` is the plant's: its day is what turns are counted in."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox
        self._zone = zone

    async def board(self, actor: Actor) -> list[RotaCard]:
        """Return all rotas, by name.

        Raises:
            ForbiddenError
        """
        actor.require(Right.SEE_MACHINES)
        now = self._clock()
        async with self._sessions() as session:
            shift = await end_of_shift(session, actor, now)
            rotas = await session.scalars(select(Rota).order_by(Rota.name))
            return [await read_card(session, rota, now, self._zone, shift) for rota in rotas]

    async def others(self, actor: Actor, rota_id: int) -> Sequence[Person]:
        """Return whom the call can be handed to.

        Raises:
            ForbiddenError, UnknownRotaError
        """
        actor.require(Right.HANDLE_ALARMS)
        async with self._sessions() as session:
            duty = duty_of(await find_rota(session, rota_id), self._clock(), self._zone)
            holder = duty.now.user_id if duty is not None else None
            return [person for person in await staff(session) if person.id != holder]

    async def take(self, actor: Actor, rota_id: int, seen: int, *, shift: bool) -> datetime:
        """Take the call until the end of the turn, or, if that is sooner, of the actor's shift; return until when.

        `seen` is the mark of the duty as the button was shown for it: one that has changed is left alone.

        Raises:
            ForbiddenError, UnknownRotaError, DutyChangedError
        """
        actor.require(Right.HANDLE_ALARMS)
        now = self._clock()
        async with self._sessions.begin() as session:
            rota, duty = await self._duty(session, rota_id, seen, now)
            if actor.id is None or actor.id == duty.now.user_id:
                raise DutyChangedError
            until = duty.regular.ends
            if shift and actor.id != duty.regular.user_id:
                until = min(until, await end_of_shift(session, actor, now))
            pass_on(rota, duty, actor.id, until)
            details = {"from": duty.now.user_id, "until": until.isoformat()}
            record(session, actor, "oncall.take", target=rota.name, details=details)
            await tell_relieved(self._outbox, session, rota, duty.now.user_id, actor.name, until)
        return until

    async def hand_over(self, actor: Actor, rota_id: int, seen: int, user_id: int) -> Person:
        """Hand the call to somebody, who is told, for as long as it would have lasted; return who that is.

        Raises:
            ForbiddenError, UnknownRotaError, DutyChangedError
            NotOnCallError: it is somebody else's, and the actor does not look after alarms.
            UnknownPersonError: they can't be called.
        """
        actor.require(Right.HANDLE_ALARMS)
        async with self._sessions.begin() as session:
            rota, duty = await self._duty(session, rota_id, seen, self._clock())
            if actor.id != duty.now.user_id and not actor.may(Right.MANAGE_ALARMS):
                raise NotOnCallError
            person = await callable_person(session, user_id)
            if person.id == duty.now.user_id:
                raise DutyChangedError
            until = duty.regular.ends if person.id == duty.regular.user_id else duty.now.ends
            pass_on(rota, duty, person.id, until)
            details = {"from": duty.now.user_id, "to": person.id, "until": until.isoformat()}
            record(session, actor, "oncall.hand_over", target=rota.name, details=details)
            await tell_called(self._outbox, session, rota, person.id, actor.name, until)
            if actor.id != duty.now.user_id:
                await tell_relieved(self._outbox, session, rota, duty.now.user_id, person.name, until)
        return person

    async def announce(self) -> int:
        """Tell those whose turn has just begun, once; return how many. One missed while no worker ran is no news."""
        now = self._clock()
        left = 0
        async with self._sessions.begin() as session:
            for rota in (await session.scalars(select(Rota).order_by(Rota.id))).all():
                turn = just_begun(rota, now, self._zone, _NEWS)
                reader = await session.get(User, turn.user_id) if turn is not None else None
                if turn is None or reader is None or await _was_told(session, turn):
                    continue
                payload = {"rota": rota.name, "until": turn.ends.isoformat(), "time_zone": reader.time_zone}
                key = f"turn:{rota.id}:{reader.id}:{turn.begins.isoformat()}"
                left += await self._outbox.enqueue(session, reader.id, Notice.TURN_BEGINS, payload, dedup_key=key)
        return left

    async def _duty(self, session: AsyncSession, rota_id: int, seen: int, now: datetime) -> tuple[Rota, Duty]:
        rota = await find_rota(session, rota_id, lock=True)
        duty = duty_of(rota, now, self._zone)
        if duty is None or duty.mark != seen:
            raise DutyChangedError
        return rota, duty


async def _was_told(session: AsyncSession, turn: Turn) -> bool:
    """Tell whether somebody put them on call since the turn began: they know."""
    told = select(OutboxMessage.id).where(OutboxMessage.chat_id == turn.user_id, OutboxMessage.kind == Notice.ON_CALL)
    return await session.scalar(told.where(OutboxMessage.created_at >= turn.begins).limit(1)) is not None


async def find_rota(session: AsyncSession, rota_id: int, *, lock: bool = False) -> Rota:
    """Return a rota.

    Raises:
        UnknownRotaError
    """
    rota = await session.get(Rota, rota_id, with_for_update=lock)
    if rota is None:
        raise UnknownRotaError
    return rota


async def read_card(
    session: AsyncSession, rota: Rota, now: datetime, zone: ZoneInfo, shift: datetime | None = None
) -> RotaCard:
    """Return a rota as readers see it."""
    duty = duty_of(rota, now, zone)
    ids = set(rota.members) | ({duty.now.user_id} if duty is not None else set())
    known = await people(session, ids)
    ends = shift if shift is not None and duty is not None and shift < duty.regular.ends else None
    members = tuple(known[number] for number in rota.members)
    return RotaCard(rota.id, rota.name, timedelta(hours=rota.turn_h), rota.anchor, members, duty, known, ends)


def pass_on(rota: Rota, duty: Duty, user_id: int, until: datetime) -> None:
    """Let somebody be on call until then; whose turn it is needs no standing in."""
    own = user_id == duty.regular.user_id
    rota.stand_in, rota.stand_in_until = (None, None) if own else (user_id, until)


async def tell_called(
    outbox: Outbox, session: AsyncSession, rota: Rota, user_id: int, by: str, until: datetime
) -> None:
    """Tell somebody that they are on call now."""
    await _tell(outbox, session, rota, user_id, by, until, Notice.ON_CALL)


async def tell_relieved(
    outbox: Outbox, session: AsyncSession, rota: Rota, user_id: int, by: str, until: datetime
) -> None:
    """Tell somebody that another is on call in their place."""
    await _tell(outbox, session, rota, user_id, by, until, Notice.OFF_CALL)


async def _tell(
    outbox: Outbox, session: AsyncSession, rota: Rota, user_id: int, by: str, until: datetime, kind: Notice
) -> None:
    reader = await session.get(User, user_id)
    if reader is not None:
        payload = {"rota": rota.name, "by": by, "until": until.isoformat(), "time_zone": reader.time_zone}
        await outbox.enqueue(session, user_id, kind, payload)
