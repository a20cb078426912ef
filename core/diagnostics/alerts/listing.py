"""What is wrong now, what was, and what is kept quiet: for those who ask, within their scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import selectinload

from core.clock import Clock
from core.database import Names, SessionFactory
from core.diagnostics.alerts.cards import AlarmCards, Card
from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.models import Alarm, AlarmGroup, Silence
from core.diagnostics.alerts.service import AlarmService
from core.diagnostics.alerts.states import rank
from core.diagnostics.models import Severity, System
from core.diagnostics.scope import in_scope
from core.errors import NotFoundError
from core.users.rights import Actor, Right

PAGE = 8
HISTORY = timedelta(days=30)
_RANKS = {severity.value: rank(severity) for severity in Severity}


class UnknownSilenceError(NotFoundError):
    """The silence is over, or was ended by somebody else."""

    key = "error-silence-unknown"


@dataclass(frozen=True, slots=True)
class Page:
    """Cards of one page, and whether there are more."""

    cards: tuple[Card, ...]
    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class Hush:
    """A silence in force, and the names of the machines and sensors that it is about; empty: of all."""

    silence: Silence
    about: tuple[Names, ...]


class AlarmLists:
    """Reads alarms and silences for people."""

    def __init__(self, sessions: SessionFactory, clock: Clock, cards: AlarmCards, book: AlarmService) -> None:
        self._sessions = sessions
        self._clock = clock
        self._cards = cards
        self._book = book

    async def active(self, actor: Actor, page: int = 0) -> Page:
        """Return what is wrong now, the worst first.

        Raises:
            ForbiddenError
        """
        worst = func.max(case(_RANKS, value=Alarm.severity, else_=0))
        query = (
            select(AlarmGroup.id)
            .join(Alarm, Alarm.group_id == AlarmGroup.id)
            .where(Alarm.active)
            .group_by(AlarmGroup.id)
            .order_by(worst.desc(), AlarmGroup.id.desc())
        )
        return await self._page(actor, query, page)

    async def past(self, actor: Actor, page: int = 0) -> Page:
        """Return what was wrong in the last `HISTORY` and is over, the newest first.

        Raises:
            ForbiddenError
        """
        query = (
            select(AlarmGroup.id)
            .where(AlarmGroup.closed_at >= self._clock() - HISTORY)
            .order_by(AlarmGroup.closed_at.desc(), AlarmGroup.id.desc())
        )
        return await self._page(actor, query, page)

    async def card(self, actor: Actor, group_id: int) -> Card | None:
        """Return one group's card; None where it is gone, or none of the actor's machines has it.

        Raises:
            ForbiddenError
        """
        actor.require(Right.SEE_MACHINES)
        card = await self._cards.card(group_id)
        return card if card is not None and actor.sees(card.system) else None

    async def silences(self, actor: Actor) -> Sequence[Hush]:
        """Return the silences in force, the first to end first; they tell names of machines, so not in groups.

        Raises:
            ForbiddenError
        """
        actor.require(Right.HANDLE_ALARMS)
        now = self._clock()
        async with self._sessions() as session:
            systems = select(System).where(in_scope(actor.scope)).options(selectinload(System.sensors))
            visible = {system.code: system for system in await session.scalars(systems)}
            rows = await session.scalars(select(Silence).where(Silence.ends_at > now).order_by(Silence.ends_at))
            matchers = [(row, Matcher.from_json(row.matcher)) for row in rows]
            return [Hush(row, _named(m, visible)) for row, m in matchers if visible.keys() >= set(m.machines)]

    async def end_silence(self, actor: Actor, silence_id: int) -> None:
        """End a silence now; what it kept quiet is told.

        Raises:
            ForbiddenError
            UnknownSilenceError: it is over.
        """
        if silence_id not in {hush.silence.id for hush in await self.silences(actor)}:
            raise UnknownSilenceError
        async with self._sessions.begin() as session:
            silence = await session.get_one(Silence, silence_id, with_for_update=True)
            silence.ends_at = min(silence.ends_at, self._clock())
        await self._book.review()

    async def _page(self, actor: Actor, query: Select[int], number: int) -> Page:
        actor.require(Right.SEE_MACHINES)
        number = max(number, 0)
        seen = query.join(System, System.id == AlarmGroup.system_id).where(in_scope(actor.scope))
        async with self._sessions() as session:
            ids = (await session.scalars(seen.offset(number * PAGE).limit(PAGE + 1))).all()
        cards = [await self._cards.card(group_id) for group_id in ids[:PAGE]]
        return Page(tuple(card for card in cards if card is not None), number, len(ids) > PAGE)


def _named(matcher: Matcher, visible: Mapping[str, System]) -> tuple[Names, ...]:
    machines = [visible[code] for code in matcher.machines]
    sensors = {sensor.code: sensor.names for machine in machines for sensor in machine.sensors}
    wanted = [code for code in matcher.sensors if code]
    return (*(machine.names for machine in machines), *(sensors.get(code, {"en": code}) for code in wanted))
