"""The journal of operations: each has one row, from plan to end, and leaves its traces in the audit log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import ConflictError, NotFoundError
from core.timescale.models import Kind, Operation, State
from core.users.audit import record
from core.users.rights import OPERATOR, Actor

PLAN_LIFETIME = timedelta(minutes=15)
"""A plan older than that speaks of a database that may have changed."""
MAX_ATTEMPTS = 3
UNFINISHED = (State.QUEUED, State.RUNNING, State.INTERRUPTED)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('hydrodiag schedule', 0))")
"""Orders are taken one after the other, or of two that exclude each other neither would see the other."""


class NoSuchOperationError(NotFoundError):
    """There is no such operation."""

    key = "timescale-error-no-operation"


class StalePlanError(ConflictError):
    """The plan was confirmed, cancelled or replaced already, or is too old; nothing was done."""

    key = "timescale-error-stale-plan"


class AlreadyOrderedError(ConflictError):
    """The same was ordered already, by somebody else perhaps, and has not ended; nothing was done."""

    key = "timescale-error-already-ordered"


class NotCancellableError(ConflictError):
    """The operation has ended already."""

    key = "timescale-error-ended"


class Journal:
    """Writes operations down. Every change of state is one statement, so that of two who try one succeeds."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def plan(self, actor: Actor, kind: Kind, table: str, steps: list[dict[str, Any]]) -> int:
        """Write a plan down; it waits for its confirmation."""
        row = Operation(
            kind=kind,
            table_name=table,
            arguments={"steps": steps},
            state=State.PLANNED,
            planned_at=self._clock(),
            planned_by=actor.id,
        )
        async with self._sessions.begin() as session:
            session.add(row)
        return row.id

    async def schedule(self, table: str, steps: list[dict[str, Any]], *, slot: datetime) -> int | None:
        """Queue the system's own upkeep of a table, once for each slot of time; None where it has been."""
        async with self._sessions.begin() as session:
            await session.execute(_ONE_AT_A_TIME)
            there = select(Operation.id).where(
                Operation.table_name == table,
                Operation.kind == Kind.APPLY,
                Operation.planned_by.is_(None),
                Operation.confirmed_by.is_(None),
                Operation.planned_at >= slot,
            )
            if await session.scalar(there.limit(1)) is not None:
                return None
            now = self._clock()
            row = Operation(
                kind=Kind.APPLY, table_name=table, arguments={"steps": steps}, state=State.QUEUED, planned_at=now
            )
            session.add(row)
            await session.flush()
            return row.id

    async def confirm(self, actor: Actor, operation_id: int) -> Operation:
        """Turn a plan into an order, once; and only one of a kind on a table, whoever planned it.

        Raises:
            NoSuchOperationError, StalePlanError, AlreadyOrderedError.
        """
        fresh = self._clock() - PLAN_LIFETIME
        ordered = (
            update(Operation)
            .where(Operation.id == operation_id, Operation.state == State.PLANNED, Operation.planned_at > fresh)
            .values(state=State.QUEUED, confirmed_by=actor.id)
            .returning(Operation)
        )
        async with self._sessions.begin() as session:
            await session.execute(_ONE_AT_A_TIME)
            row = await session.scalar(ordered)
            if row is not None:
                await self._require_no_other(session, row)
                _record(session, row, "confirmed", actor)
                return row
        await self.get(operation_id)
        raise StalePlanError(f"operation {operation_id} can't be confirmed any more")

    async def _require_no_other(self, session: AsyncSession, row: Operation) -> None:
        """Raise AlreadyOrderedError where two people planned the same; late readings differ from batch to batch."""
        if row.kind == Kind.BACKFILL:
            return
        others = select(Operation.id).where(
            Operation.table_name == row.table_name,
            Operation.kind == row.kind,
            Operation.id != row.id,
            Operation.state.in_(UNFINISHED),
        )
        other = await session.scalar(others.limit(1))
        if other is not None:
            raise AlreadyOrderedError(f"operation {other} does the same", number=other)

    async def cancel(self, actor: Actor, operation_id: int) -> Operation:
        """End what has not begun; ask what runs to end.

        Raises:
            NoSuchOperationError, NotCancellableError.
        """
        async with self._sessions.begin() as session:
            row = await session.get(Operation, operation_id, with_for_update=True)
            if row is None:
                raise NoSuchOperationError(f"no operation {operation_id}", operation=operation_id)
            if row.state not in {State.PLANNED, *UNFINISHED}:
                raise NotCancellableError(f"operation {operation_id} is {row.state}")
            row.cancelled_by = actor.id
            _ask_for_end(session, row, self._clock(), actor)
            return row

    async def get(self, operation_id: int) -> Operation:
        """Return one operation.

        Raises:
            NoSuchOperationError.
        """
        async with self._sessions() as session:
            row = await session.get(Operation, operation_id)
        if row is None:
            raise NoSuchOperationError(f"no operation {operation_id}", operation=operation_id)
        return row

    async def recent(self, limit: int) -> Sequence[Operation]:
        """Return the last operations that somebody ordered, newest first."""
        newest = select(Operation).where(Operation.state != State.PLANNED).order_by(Operation.id.desc()).limit(limit)
        async with self._sessions() as session:
            return (await session.scalars(newest)).all()

    async def unfinished(self) -> Sequence[Operation]:
        """Return what waits for a worker, runs, or was interrupted, oldest first."""
        async with self._sessions() as session:
            rows = await session.scalars(
                select(Operation).where(Operation.state.in_(UNFINISHED)).order_by(Operation.id)
            )
            return rows.all()

    async def begin(self, operation_id: int) -> Operation | None:
        """Start, or start again, an operation whose table's lock the caller holds; None where it has ended."""
        async with self._sessions.begin() as session:
            row = await session.get(Operation, operation_id, with_for_update=True)
            if row is None or row.state not in UNFINISHED:
                return None
            if row.state == State.RUNNING:  # whoever ran it is gone: the lock is ours
                _record(session, row, "interrupted")
            row.state, row.attempts = State.RUNNING, row.attempts + 1
            row.started_at = row.started_at or self._clock()
            return row

    async def note(self, operation_id: int, result: dict[str, Any]) -> bool:
        """Write down what an operation has done so far; return whether somebody asks for its end."""
        noted = update(Operation).where(Operation.id == operation_id).values(result=result)
        async with self._sessions.begin() as session:
            return bool(await session.scalar(noted.returning(Operation.cancel_asked)))

    async def give_up(self, operation_id: int, error: str) -> None:
        """End what has not begun, for nobody will come back to it."""
        async with self._sessions.begin() as session:
            row = await session.get(Operation, operation_id, with_for_update=True)
            if row is not None and row.state == State.QUEUED:
                row.state, row.error, row.ended_at = State.FAILED, error, self._clock()
                _record(session, row, State.FAILED)

    async def end(
        self, operation_id: int, state: State, result: dict[str, Any] | None = None, error: str | None = None
    ) -> None:
        """Write down how a running operation ended; an interruption becomes a cancellation where one was asked for."""
        async with self._sessions.begin() as session:
            row = await session.get(Operation, operation_id, with_for_update=True)
            if row is None or row.state not in UNFINISHED:
                return
            if state is State.INTERRUPTED and row.cancel_asked:
                state = State.CANCELLED
            row.state, row.error = state, error
            row.ended_at = None if state is State.INTERRUPTED else self._clock()
            if result is not None:
                row.result = result
            _record(session, row, state)


async def withdraw_orders(session: AsyncSession, user_id: int, at: datetime) -> None:
    """End what somebody planned or ordered who may do so no longer; what runs ends at its next step."""
    ordered = and_(Operation.confirmed_by == user_id, Operation.state.in_(UNFINISHED))
    planned = and_(Operation.planned_by == user_id, Operation.state == State.PLANNED)
    for row in await session.scalars(select(Operation).where(or_(ordered, planned)).with_for_update()):
        _ask_for_end(session, row, at)


def _ask_for_end(session: AsyncSession, row: Operation, at: datetime, actor: Actor | None = None) -> None:
    row.cancel_asked = True
    if row.state != State.RUNNING:
        row.state, row.ended_at = State.CANCELLED, at
    _record(session, row, "cancel asked" if row.state == State.RUNNING else "cancelled", actor)


def _record(session: AsyncSession, row: Operation, outcome: str, actor: Actor | None = None) -> None:
    who = actor or replace(OPERATOR, id=row.confirmed_by)
    details: dict[str, object] = {"operation": row.id, "steps": row.arguments.get("steps", [])}
    if row.result:
        details["result"] = row.result
    if row.error:
        details["error"] = row.error
    record(session, who, f"timescale.{row.kind}", target=row.table_name[:200], outcome=outcome, details=details)
