"""The alarm book kept: findings in, time passing, and what people are told of both, each in one transaction."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.book import Book, state_of, write_state
from core.diagnostics.alerts.escalation import Escalation
from core.diagnostics.alerts.models import Alarm, AlarmGroup
from core.diagnostics.alerts.states import Change, Policy, Step, can_reopen, observe, pass_time
from core.diagnostics.alerts.telephone import Seen, Telephone, seen
from core.diagnostics.alerts.telling import Rhythm
from core.diagnostics.detection.conditions import Condition
from core.outbox import Outbox

_BATCH = 20
"""Machines in one transaction: when all of a plant comes at once, the first are told before the last are written."""


class AlarmService:
    """Takes findings and the passing of time. Any number of processes may call it: a machine's book is open to one."""

    def __init__(
        self,
        sessions: SessionFactory,
        clock: Clock,
        outbox: Outbox,
        *,
        zone: ZoneInfo,
        policy: Policy | None = None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._policy = policy or Policy()
        self._rhythm = rhythm or Rhythm()
        self._telephone = Telephone(outbox, self._rhythm, zone)
        self._escalation = Escalation(self._telephone, zone)

    async def apply(self, findings: Sequence[Condition]) -> int:
        """Take findings, oldest first; return how many messages they cause now. Taking one twice changes nothing."""
        left = 0
        for systems in _batches({finding.system_id for finding in findings}):
            batch = sorted((f for f in findings if f.system_id in systems), key=lambda finding: finding.at)
            async with self._sessions.begin() as session:
                book = await Book.open(session, sorted(systems))
                before = snapshot(book)
                for finding in batch:
                    await self._take(book, finding)
                left += await self._settle(book, before)
        return left

    async def tick(self) -> int:
        """Let time pass: ends are believed, people reminded, called or told at last; return how many messages."""
        now = self._clock()
        async with self._sessions() as session:
            due = set(await session.scalars(select(AlarmGroup.system_id).where(_is_due(now)).distinct()))
            due |= set(await session.scalars(select(Alarm.system_id).where(self._may_change(now)).distinct()))
        return await self.review(sorted(due)) if due else 0

    async def review(self, system_ids: Sequence[int] | None = None) -> int:
        """Look at the book of some machines, or of all that have open alarms; return how many messages that causes."""
        if system_ids is None:
            async with self._sessions() as session:
                query = select(Alarm.system_id).where(Alarm.closed_at.is_(None)).distinct()
                system_ids = list(await session.scalars(query))
        left = 0
        for systems in _batches(set(system_ids)):
            async with self._sessions.begin() as session:
                book = await Book.open(session, sorted(systems))
                before = snapshot(book)
                for alarm in book.alarms:
                    self._age(book, alarm)
                left += await self._settle(book, before)
        return left

    async def standing(self) -> dict[str, int]:
        """Return how many alarms stand, by severity."""
        query = (
            select(Alarm.severity, func.count()).where(Alarm.active, Alarm.closed_at.is_(None)).group_by(Alarm.severity)
        )
        async with self._sessions() as session:
            return {row.severity: row[1] for row in await session.execute(query)}

    async def clock_stepped(self, by: timedelta) -> None:
        """Move what is due by the same step as the clock, so that nothing is early, late or done twice."""
        columns: list[InstrumentedAttribute[Any]] = [AlarmGroup.told_at, AlarmGroup.due_at, AlarmGroup.escalate_at]
        async with self._sessions.begin() as session:
            await session.execute(
                update(AlarmGroup)
                .where(AlarmGroup.closed_at.is_(None))
                .values({column: column + by for column in columns})
            )

    @asynccontextmanager
    async def opened(self, system_ids: Sequence[int]) -> AsyncIterator[Book]:
        """Open the book for a change by a person; what it means for readers is settled at the end."""
        async with self._sessions.begin() as session:
            book = await Book.open(session, system_ids)
            before = snapshot(book)
            yield book
            await self._settle(book, before)

    async def _settle(self, book: Book, before: dict[int, Seen]) -> int:
        now = self._clock()
        await book.write()
        left = await self._telephone.settle(book, now, before)
        left += await self._escalation.settle(book, now)
        await book.write()
        return left

    async def _take(self, book: Book, finding: Condition) -> None:
        if finding.system_id not in book.systems or not book.knows_sensor(finding.sensor_id):
            return
        alarm = book.find(finding.system_id, finding.kind, finding.sensor_id)
        state = None if alarm is None else state_of(alarm)
        if (
            alarm is not None
            and state is not None
            and not state.active
            and not can_reopen(state, finding.at, self._policy)
        ):
            if finding.severity is None or finding.at < state.seen_at:
                return
            self._shut(alarm)
            await book.remove(alarm)
            alarm = state = None
        step = observe(state, finding.severity, finding.at, self._policy)
        if step.alarm is None:
            return
        if alarm is None:
            alarm = await self._open(book, finding)
        self._write(book, alarm, step, finding.at)
        if finding.severity is not None:
            alarm.value, alarm.limit, alarm.unit = finding.value, finding.limit, finding.unit
            alarm.details = _details(finding)

    async def _open(self, book: Book, finding: Condition) -> Alarm:
        alarm = Alarm(
            system_id=finding.system_id,
            sensor_id=finding.sensor_id,
            kind=finding.kind,
            severity=finding.severity,
            peak=finding.severity,
            raised_at=finding.at,
            seen_at=finding.at,
            details=_details(finding),
        )
        alarm.group_id = (await book.group_for(alarm, self._clock(), self._rhythm)).id
        book.add(alarm)
        return alarm

    def _age(self, book: Book, alarm: Alarm) -> None:
        now = self._clock()
        state = state_of(alarm)
        self._write(book, alarm, pass_time(state, now, self._policy), now)
        if not alarm.active and alarm.cleared_at is not None and not can_reopen(state_of(alarm), now, self._policy):
            self._shut(alarm)

    def _shut(self, alarm: Alarm) -> None:
        alarm.closed_at = self._clock()

    def _write(self, book: Book, alarm: Alarm, step: Step, at: datetime) -> None:
        if step.alarm is not None:
            write_state(alarm, step.alarm)
        for change in step.changes:
            when = alarm.cleared_at if change is Change.CLEARED and alarm.cleared_at else at
            book.journal(alarm, change, when, severity=alarm.severity)

    def _may_change(self, now: datetime) -> ColumnElement[bool]:
        """Alarms that time alone may change; flapping ones wait longer, which `pass_time` knows."""
        return and_(
            Alarm.closed_at.is_(None),
            or_(
                Alarm.normal_since <= now - self._policy.clear_delay,
                Alarm.cleared_at < now - self._policy.reopen_within,
            ),
        )


def _details(finding: Condition) -> dict[str, Any]:
    return {"contributions": [asdict(part) for part in finding.contributions], "alone": finding.alone}


def snapshot(book: Book) -> dict[int, Seen]:
    """Return what the messages of the book's groups say now."""
    return {group_id: seen(members) for group_id, members in book.by_group().items()}


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(AlarmGroup.due_at <= now, AlarmGroup.escalate_at <= now)


def _batches(systems: set[int]) -> Iterator[set[int]]:
    ordered = sorted(systems)
    for start in range(0, len(ordered), _BATCH):
        yield set(ordered[start : start + _BATCH])
