"""Rotas made and changed by those who look after alarms. A change never moves a turn but by what it says itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.duty import RotaCard, find_rota, read_card, tell_called, tell_relieved
from core.diagnostics.alerts.models import Rota
from core.diagnostics.alerts.rota import Duty, duty_of
from core.diagnostics.alerts.staff import Person, callable_person, people, staff
from core.diagnostics.periods import BadPeriodError, parse_period
from core.errors import BadInputError, ConflictError
from core.outbox import Outbox
from core.text import visible
from core.users.audit import record
from core.users.rights import Actor, Right

LONGEST_NAME = 40
LONGEST_TURN = timedelta(days=60)
MOST_MEMBERS = 30
MOST_ROTAS = 20
_FURTHEST_START = timedelta(days=366)
_USUAL_HOUR = time(8)
_FORMATS = ("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M")


class RotaNameError(BadInputError):
    """A rota has a name of up to 40 letters that no other has."""

    key = "error-rota-name"


class TurnLengthError(BadInputError):
    """A turn lasts an hour at least and 60 days at most, in whole hours."""

    key = "error-rota-turn"


class RotaStartError(BadInputError):
    """Turns start at a moment within a year: `30.11.2026 08:00`, `2026-11-30 08:00`."""

    key = "error-rota-start"


class RotaFullError(ConflictError):
    """There are as many as anybody could want."""

    key = "error-rota-full"


class Rotas:
    """Changes rotas, in private chats only: in a group nobody has the right. Whoever is on call by it is told."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox
        self._zone = zone

    async def look(self, actor: Actor, rota_id: int) -> RotaCard:
        """Return a rota.

        Raises:
            ForbiddenError, UnknownRotaError
        """
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions() as session:
            return await read_card(session, await find_rota(session, rota_id), self._clock(), self._zone)

    async def staff(self, actor: Actor) -> Sequence[Person]:
        """Return who can be a member.

        Raises:
            ForbiddenError
        """
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions() as session:
            return await staff(session)

    async def create(self, actor: Actor, name: str) -> RotaCard:
        """Make a rota of weekly turns that change on Mondays at 08:00 of the actor's day, without members yet.

        Raises:
            ForbiddenError, RotaNameError, RotaFullError
        """
        actor.require(Right.MANAGE_ALARMS)
        name = " ".join(visible(name).split())
        if not 0 < len(name) <= LONGEST_NAME:
            raise RotaNameError(most=LONGEST_NAME)
        now = self._clock()
        async with self._sessions.begin() as session:
            names = (await session.scalars(select(Rota.name))).all()
            if name.casefold() in {taken.casefold() for taken in names}:
                raise RotaNameError(most=LONGEST_NAME)
            if len(names) >= MOST_ROTAS:
                raise RotaFullError
            rota = Rota(name=name, members=[], anchor=_monday(now, actor.zone), turn_h=7 * 24)
            session.add(rota)
            try:
                await session.flush()
            except IntegrityError as error:  # somebody was quicker
                raise RotaNameError(most=LONGEST_NAME) from error
            record(session, actor, "rota.create", target=name)
            return await read_card(session, rota, now, self._zone)

    async def delete(self, actor: Actor, rota_id: int) -> None:
        """Delete a rota; whoever is on call by it is no longer.

        Raises:
            ForbiddenError, UnknownRotaError
        """
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions.begin() as session:
            rota = await find_rota(session, rota_id, lock=True)
            record(session, actor, "rota.delete", target=rota.name, details=_written(rota))
            await session.delete(rota)

    async def set_member(self, actor: Actor, rota_id: int, user_id: int, *, member: bool) -> RotaCard:
        """Put somebody at the end of the rota, or take them off it. Whose turn it is keeps it, unless they leave.

        Raises:
            ForbiddenError, UnknownRotaError
            UnknownPersonError: they can't be called.
            RotaFullError: it has as many members as it may.
        """
        async with self._changing(actor, rota_id, "rota.members") as (session, rota):
            if member is (user_id in rota.members):
                return await read_card(session, rota, self._clock(), self._zone)
            if member:
                await callable_person(session, user_id)
                if len(rota.members) >= MOST_MEMBERS:
                    raise RotaFullError
            self._begin_with_current(rota)
            others = [number for number in rota.members if number != user_id]
            rota.members = [*others, user_id] if member else others
            if user_id == rota.stand_in and not member:
                rota.stand_in = rota.stand_in_until = None
        return await self.look(actor, rota_id)

    async def set_turn(self, actor: Actor, rota_id: int, words: str) -> RotaCard:
        """Change how long a turn is ("36 h", "3 дня"), counted from the start of the rota.

        Raises:
            ForbiddenError, UnknownRotaError
            TurnLengthError: not within an hour and 60 days, or no whole hours.
        """
        async with self._changing(actor, rota_id, "rota.turn") as (_, rota):
            rota.turn_h = read_turn(words) // timedelta(hours=1)
        return await self.look(actor, rota_id)

    async def set_start(self, actor: Actor, rota_id: int, words: str) -> RotaCard:
        """Say when, in the actor's time zone, a turn of the first member starts: the others follow.

        Raises:
            ForbiddenError, UnknownRotaError
            RotaStartError: no moment, or not within a year.
        """
        async with self._changing(actor, rota_id, "rota.start") as (_, rota):
            rota.anchor = read_start(words, self._clock(), actor.zone)
        return await self.look(actor, rota_id)

    @asynccontextmanager
    async def _changing(self, actor: Actor, rota_id: int, action: str) -> AsyncIterator[tuple[AsyncSession, Rota]]:
        """Open a rota for a change, which is written down, and told to whom it calls or relieves."""
        actor.require(Right.MANAGE_ALARMS)
        now = self._clock()
        async with self._sessions.begin() as session:
            rota = await find_rota(session, rota_id, lock=True)
            before, duty = _written(rota), duty_of(rota, now, self._zone)
            yield session, rota
            if _written(rota) != before:
                record(session, actor, action, target=rota.name, details=_written(rota))
                await self._tell(session, actor, rota, duty, duty_of(rota, now, self._zone))

    async def _tell(
        self, session: AsyncSession, actor: Actor, rota: Rota, before: Duty | None, after: Duty | None
    ) -> None:
        old, new = (duty.now.user_id if duty is not None else None for duty in (before, after))
        if new is not None and after is not None and new not in (old, actor.id):
            await tell_called(self._outbox, session, rota, new, actor.name, after.now.ends)
        if old is not None and after is not None and new is not None and old not in (new, actor.id):
            name = (await people(session, [new]))[new].name
            await tell_relieved(self._outbox, session, rota, old, name, after.now.ends)

    def _begin_with_current(self, rota: Rota) -> None:
        """Count turns from the current one on, so that another number of members does not change whose it is."""
        duty = duty_of(rota, self._clock(), self._zone)
        if duty is not None:
            first = rota.members.index(duty.regular.user_id)
            rota.members = rota.members[first:] + rota.members[:first]
            rota.anchor = duty.regular.begins


def read_turn(words: str) -> timedelta:
    """Read the length of a turn.

    Raises:
        TurnLengthError: not within an hour and 60 days, or no whole hours.
    """
    try:
        length = parse_period(words)
    except BadPeriodError as error:
        raise TurnLengthError(most=LONGEST_TURN.days) from error
    if not timedelta(hours=1) <= length <= LONGEST_TURN or length % timedelta(hours=1):
        raise TurnLengthError(most=LONGEST_TURN.days)
    return length


def read_start(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Read a moment in `zone`.

    Raises:
        RotaStartError: it is none, or not within a year.
    """
    written = " ".join(words.split())
    for form in _FORMATS:
        try:
            moment = datetime.strptime(written, form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if abs(moment - now) <= _FURTHEST_START:
            return moment
    raise RotaStartError


def _monday(now: datetime, zone: ZoneInfo) -> datetime:
    today = now.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=today.weekday()), _USUAL_HOUR, zone)


def _written(rota: Rota) -> dict[str, object]:
    return {"members": list(rota.members), "turn_h": rota.turn_h, "start": rota.anchor.isoformat()}
