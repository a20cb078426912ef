"""Handing a shift over: prepared from what happened, said in one's own words, brought to those who come."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.audience import quiet_hours
from core.diagnostics.alerts.states import rank
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.digests.news import Section, compose
from core.diagnostics.digests.reading import read_plant
from core.diagnostics.digests.slots import is_coming, shift_begin
from core.diagnostics.handovers.facts import MOST_REPORTS, Facts, HandedOver, OpenReport
from core.diagnostics.handovers.models import Handover
from core.diagnostics.lookup import find_system
from core.diagnostics.models import DiagnosticReport, ReportStatus, Severity, System
from core.diagnostics.scope import in_scope
from core.errors import BadInputError, ConflictError, NotFoundError
from core.outbox import Notice, Outbox
from core.text import visible
from core.users.audit import record
from core.users.models import MEMBERS, User
from core.users.records import actor_of
from core.users.rights import Actor, Right

LONGEST_NOTE = 1000
"""Characters: with all that a shift can leave, it still fits one message."""
_SEVERITIES = {severity.value: rank(severity) for severity in Severity}


class HandoverNoteError(BadInputError):
    """A note is a text of at most 1,000 characters."""

    key = "handover-note-too-long"


class NothingToHandOverError(NotFoundError):
    """The actor has no machines there."""

    key = "handover-no-machines"


class HandoverOverError(ConflictError):
    """It was handed over, or cancelled, before."""

    key = "handover-over"


class NoHandoverError(NotFoundError):
    """Nobody has handed over yet, or not on machines that the actor sees."""

    key = "handover-none"


class HandoverService:
    """Prepares, takes and shows handovers."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox

    async def prepare(self, actor: Actor, where: str = "") -> HandedOver:
        """Return the actor's shift as it would be handed over now, on all their machines or those of `where`.

        `where` is the code of a site, or what a person calls a machine.

        Raises:
            ForbiddenError: the actor may not work on machines.
            UnknownSystemError, AmbiguousSystemError, NothingToHandOverError: no such machines of theirs.
        """
        actor.require(Right.WORK_ON_REPORTS)
        async with self._sessions() as session:
            facts, _ = await self._facts(session, actor, where)
        return HandedOver(facts, actor.name, self._clock())

    async def hand_over(self, actor: Actor, note: str, where: str = "") -> int:
        """Write the handover down and have it brought to those who come on shift; return how many.

        Raises:
            HandoverNoteError: the note is too long.
            ForbiddenError, UnknownSystemError, AmbiguousSystemError, NothingToHandOverError: as `prepare`.
        """
        actor.require(Right.WORK_ON_REPORTS)
        said = visible(note).strip()
        if len(said) > LONGEST_NOTE:
            raise HandoverNoteError(limit=LONGEST_NOTE, length=len(said))
        now = self._clock()
        async with self._sessions.begin() as session:
            facts, systems = await self._facts(session, actor, where)
            row = Handover(
                at=now,
                author_id=actor.id,
                author_name=actor.name,
                machines=[system.code for system in systems],
                note=said,
                facts=facts.to_json(),
            )
            session.add(row)
            await session.flush()
            record(session, actor, "handover.given", target=row.id, details={"machines": row.machines})
            return await self._tell(session, actor, row, systems)

    async def show(self, actor: Actor, number: int = 0, *, handover_id: int | None = None) -> HandedOver:
        """Return the newest handover that the actor may read, or the `number`-th before it, or a certain one.

        Raises:
            ForbiddenError: the actor may not see machines.
            NoHandoverError: there is none.
        """
        actor.require(Right.SEE_MACHINES)
        async with self._sessions() as session:
            codes = list(await session.scalars(select(System.code).where(in_scope(actor.scope))))
            query = _readable(codes)
            if handover_id is not None:
                query = query.where(Handover.id == handover_id)
            rows = (await session.scalars(query.offset(max(number, 0)).limit(2))).all()
        if not rows:
            raise NoHandoverError
        row = rows[0]
        return HandedOver(
            Facts.from_json(row.facts), row.author_name, row.at, row.note, row.id, max(number, 0), len(rows) > 1
        )

    async def _facts(self, session: AsyncSession, actor: Actor, where: str) -> tuple[Facts, Sequence[System]]:
        now = self._clock()
        user = await session.get(User, actor.id) if actor.id is not None else None
        begin = shift_begin(actor.zone, user.shift_from if user is not None else None, now)
        plant = await read_plant(session, actor.scope, begin, now)
        plant = plant.only(_chosen(plant.systems, where))
        if not plant.systems:
            raise NothingToHandOverError
        shift = compose(plant, actor, DigestKind.SHIFT, begin, now)
        return Facts(shift, await _open_reports(session, plant.systems)), plant.systems

    async def _tell(self, session: AsyncSession, actor: Actor, row: Handover, systems: Sequence[System]) -> int:
        members = select(User).where(User.role.in_(MEMBERS), User.reachable, User.id != (actor.id or 0))
        told = 0
        for user in await session.scalars(members.order_by(User.id)):
            zone = ZoneInfo(user.time_zone)
            if not (all(map(actor_of(user).sees, systems)) and is_coming(zone, user.shift_from, row.at)):
                continue
            quiet = quiet_hours(user)
            after = quiet.until(row.at, zone) if quiet is not None else None
            payload: dict[str, Any] = {
                "id": row.id,
                "author": row.author_name,
                "at": row.at.isoformat(),
                "note": row.note,
                "facts": row.facts,
                "time_zone": user.time_zone,
            }
            key = f"handover:{row.id}:{user.id}"
            told += await self._outbox.enqueue(session, user.id, Notice.HANDOVER, payload, dedup_key=key, due_at=after)
        return told


def _chosen(systems: Sequence[System], where: str) -> Sequence[System]:
    wanted = where.strip()
    if not wanted:
        return systems
    of_site = [system for system in systems if system.site.casefold() == wanted.casefold()]
    return of_site or [find_system(systems, wanted)]


def _readable(codes: Sequence[str]) -> Select[Handover]:
    """Handovers all of whose machines are among `codes`, the newest first."""
    theirs = cast(list(codes), JSONB).op("@>")(Handover.machines)
    return select(Handover).where(theirs).order_by(Handover.id.desc())


async def _open_reports(session: AsyncSession, systems: Sequence[System]) -> Section[OpenReport]:
    names = {system.id: system.names for system in systems}
    open_ones = (DiagnosticReport.status != ReportStatus.CLOSED, DiagnosticReport.system_id.in_(names))
    worst_first = case(_SEVERITIES, value=DiagnosticReport.severity, else_=0).desc()
    query = select(DiagnosticReport).where(*open_ones).order_by(worst_first, DiagnosticReport.id.desc())
    total = await session.scalar(select(func.count()).select_from(DiagnosticReport).where(*open_ones)) or 0
    shown = tuple(
        OpenReport(row.id, names[row.system_id], Severity(row.severity), ReportStatus(row.status), row.summary)
        for row in await session.scalars(query.limit(MOST_REPORTS))
    )
    return Section(shown, total)
