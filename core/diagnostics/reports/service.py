"""Diagnostic reports: opened by hand or from an alarm, worked on, and closed, by whoever may work on the machine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import Names, SessionFactory
from core.diagnostics.models import Component, DiagnosticReport, ReportStatus, Sensor, Severity, System
from core.diagnostics.periods import DAY
from core.diagnostics.reports.evidence import Evidence, SourceFact, collect, severity_of
from core.diagnostics.reports.models import ReportEvent, Step
from core.diagnostics.scope import in_scope
from core.diagnostics.service import DiagnosticsService
from core.errors import BadInputError, ConflictError, NotFoundError
from core.text import visible
from core.users.audit import record
from core.users.rights import Actor, Right

LONGEST_WORDS = 2000
"""Characters of a finding or a note: a page of a phone, not a document."""
PAGE = 6


class ReportNotFoundError(NotFoundError):
    """No such report on any machine of the actor's."""

    key = "report-not-found"


class ReportClosedError(ConflictError):
    """The report is closed, or it is not."""

    key = "report-closed-already"


class ReportWordsError(BadInputError):
    """What was found, or done, has to be said in 1 to 2,000 characters."""

    key = "report-words"


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a report is opened with.

    `period` ends when it is opened, or at `until`. Without `severity` it is that of the worst sensor; without `sensors`
    (ids) those count that show something. `confidence` is 0 to 1. An alarm group has one report at most.
    """

    system: str | int
    words: str
    severity: Severity | None = None
    confidence: float | None = None
    sensors: tuple[int, ...] = ()
    components: tuple[int, ...] = ()
    sources: tuple[SourceFact, ...] = ()
    period: timedelta = DAY
    until: datetime | None = None
    alarm_group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is read: the row, its machine, the names of the parts concerned, evidence and journal."""

    row: DiagnosticReport
    system: System
    components: tuple[Names, ...]
    evidence: Evidence | None
    events: tuple[ReportEvent, ...]

    @property
    def closed(self) -> bool:
        """Whether the work is over."""
        return self.row.status == ReportStatus.CLOSED


@dataclass(frozen=True, slots=True)
class ReportList:
    """A page of reports, those at work first, of `total`; `system` if they are one machine's."""

    reports: tuple[tuple[DiagnosticReport, System], ...]
    page: int
    total: int
    system: System | None


class ReportService:
    """Keeps the reports."""

    def __init__(self, sessions: SessionFactory, clock: Clock, diagnostics: DiagnosticsService) -> None:
        self._sessions = sessions
        self._clock = clock
        self._diagnostics = diagnostics

    async def open(self, actor: Actor, new: NewReport) -> Report:
        """Open a report; one that was opened from the same alarm group already is returned as it is.

        Raises:
            ForbiddenError: the actor may not work on machines.
            UnknownSystemError, AmbiguousSystemError: none of the actor's machines, or several, are called that.
            ReportWordsError: nothing, or too much, is said.
        """
        actor.require(Right.WORK_ON_REPORTS)
        words = _checked(new.words)
        if (known := await self._of_alarm(new.alarm_group_id)) is not None:
            return await self.get(actor, known)
        summary = await self._diagnostics.summary(actor, new.system, new.period, until=new.until)
        evidence = collect(summary, sensors=new.sensors, sources=new.sources)
        row = DiagnosticReport(
            system_id=summary.status.system.id,
            created_by=actor.id,
            created_at=self._clock(),
            updated_at=self._clock(),
            severity=new.severity or severity_of(summary),
            confidence=new.confidence,
            summary=words,
            evidence=evidence.to_json(),
            alarm_group_id=new.alarm_group_id,
        )
        async with self._sessions.begin() as session:
            row.affected_components = list(new.components) or await _components_of(session, evidence)
            session.add(row)
            await session.flush()
            self._note(session, actor, row, Step.OPENED)
        return await self.get(actor, row.id)

    async def list(self, actor: Actor, system: str | int | None = None, *, page: int = 0) -> ReportList:
        """Return a page (from 0) of the reports of one machine, or of all of the actor's.

        Raises:
            ForbiddenError: the actor may not see machines.
            UnknownSystemError, AmbiguousSystemError: none of the actor's machines, or several, are called that.
        """
        actor.require(Right.SEE_MACHINES)
        found = None if system is None else await self._diagnostics.machine(actor, system)
        seen = in_scope(actor.scope) if found is None else System.id == found.id
        at_work = DiagnosticReport.status != ReportStatus.CLOSED
        query = select(DiagnosticReport, System).join(System, System.id == DiagnosticReport.system_id).where(seen)
        async with self._sessions() as session:
            total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
            page = min(max(page, 0), max(total - 1, 0) // PAGE)
            ordered = query.order_by(at_work.desc(), DiagnosticReport.id.desc())
            rows = await session.execute(ordered.offset(page * PAGE).limit(PAGE))
            return ReportList(tuple((report, machine) for report, machine in rows), page, total, found)

    async def get(self, actor: Actor, report_id: int) -> Report:
        """Return one report.

        Raises:
            ForbiddenError: the actor may not see machines.
            ReportNotFoundError: there is none, or its machine is none of theirs.
        """
        actor.require(Right.SEE_MACHINES)
        async with self._sessions() as session:
            row, system = await _find(session, actor, report_id)
            events = await session.scalars(
                select(ReportEvent).where(ReportEvent.report_id == row.id).order_by(ReportEvent.id)
            )
            parts = await session.scalars(select(Component).where(Component.id.in_(row.affected_components)))
            names = tuple(part.names for part in parts.all())
            return Report(row, system, names, Evidence.from_json(row.evidence), tuple(events))

    async def take(self, actor: Actor, report_id: int) -> Report:
        """Take the work on, from whoever had it; who has it already just has it.

        Raises:
            ForbiddenError, ReportNotFoundError, ReportClosedError
        """
        async with self._working(actor, report_id) as (session, row):
            if (row.status, row.taken_by) != (ReportStatus.IN_WORK, actor.id):
                row.status, row.taken_by = ReportStatus.IN_WORK, actor.id
                self._note(session, actor, row, Step.TAKEN)
        return await self.get(actor, report_id)

    async def note(self, actor: Actor, report_id: int, words: str) -> Report:
        """Add to the journal what was seen or done.

        Raises:
            ForbiddenError, ReportNotFoundError, ReportClosedError, ReportWordsError
        """
        async with self._working(actor, report_id) as (session, row):
            self._note(session, actor, row, Step.NOTED, _checked(words))
        return await self.get(actor, report_id)

    async def close(self, actor: Actor, report_id: int, words: str) -> Report:
        """Close the report with what it turned out to be.

        Raises:
            ForbiddenError, ReportNotFoundError, ReportClosedError, ReportWordsError
        """
        async with self._working(actor, report_id) as (session, row):
            row.status, row.closed_at = ReportStatus.CLOSED, self._clock()
            self._note(session, actor, row, Step.CLOSED, _checked(words))
        return await self.get(actor, report_id)

    async def reopen(self, actor: Actor, report_id: int) -> Report:
        """Open a closed report again.

        Raises:
            ForbiddenError, ReportNotFoundError, ReportClosedError
        """
        async with self._working(actor, report_id, closed=True) as (session, row):
            row.status, row.closed_at = ReportStatus.OPEN, None
            self._note(session, actor, row, Step.REOPENED)
        return await self.get(actor, report_id)

    @asynccontextmanager
    async def _working(
        self, actor: Actor, report_id: int, *, closed: bool = False
    ) -> AsyncIterator[tuple[AsyncSession, DiagnosticReport]]:
        """Lock the report, so that two people at its buttons come one after the other."""
        actor.require(Right.WORK_ON_REPORTS)
        async with self._sessions.begin() as session:
            row, _ = await _find(session, actor, report_id, lock=True)
            if (row.status == ReportStatus.CLOSED) is not closed:
                raise ReportClosedError(number=row.id)
            yield session, row

    def _note(self, session: AsyncSession, actor: Actor, row: DiagnosticReport, step: Step, words: str = "") -> None:
        now = self._clock()
        row.updated_at = now
        event = ReportEvent(
            report_id=row.id, at=now, step=step, author_id=actor.id, author_name=actor.name, words=words
        )
        session.add(event)
        record(session, actor, f"report.{step}", target=row.id)

    async def _of_alarm(self, group_id: int | None) -> int | None:
        if group_id is None:
            return None
        async with self._sessions() as session:
            query = select(DiagnosticReport.id).where(DiagnosticReport.alarm_group_id == group_id)
            found: int | None = await session.scalar(query)
            return found


async def _find(
    session: AsyncSession, actor: Actor, report_id: int, *, lock: bool = False
) -> tuple[DiagnosticReport, System]:
    query = (
        select(DiagnosticReport, System)
        .join(System, System.id == DiagnosticReport.system_id)
        .where(DiagnosticReport.id == report_id, in_scope(actor.scope))
    )
    if lock:
        query = query.with_for_update(of=DiagnosticReport)
    if (found := (await session.execute(query)).one_or_none()) is None:
        raise ReportNotFoundError(number=report_id)
    return found[0], found[1]


async def _components_of(session: AsyncSession, evidence: Evidence) -> list[int]:
    """Return the parts that the sensors in the evidence sit on."""
    ids: Sequence[int] = [fact.sensor_id for fact in evidence.sensors]
    query = select(Sensor.component_id).where(Sensor.id.in_(ids), Sensor.component_id.is_not(None)).distinct()
    return sorted(part for part in await session.scalars(query) if part is not None)


def _checked(words: str) -> str:
    said = visible(words).strip()
    if not 1 <= len(said) <= LONGEST_WORDS:
        raise ReportWordsError(limit=LONGEST_WORDS)
    return said
