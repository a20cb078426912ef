"""The caretaker's desk: plans for people to confirm, orders for workers, and the daily upkeep."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.errors import ConflictError, UnavailableError
from core.progress import JobProgress, ProgressBoard
from core.settings import TimescaleSettings
from core.timescale.backfill import forget
from core.timescale.compression import CompressionPlan, plan_compression
from core.timescale.edition import detect
from core.timescale.holds import HoldService
from core.timescale.journal import PLAN_LIFETIME, Journal
from core.timescale.maintenance import looking
from core.timescale.models import Kind, Operation, State
from core.timescale.partitions import BadRangeError, IntervalChange, RangePlan, plan_interval, plan_range
from core.timescale.policies import Drift, PolicyService, last_slot
from core.timescale.retention import CleanupPlan, plan_cleanup
from core.timescale.runs import Runs
from core.timescale.spans import ago
from core.timescale.steps import (
    Step,
    backfill_step,
    clean_step,
    compress_step,
    ensure_step,
    interval_step,
)
from core.timescale.tables import READINGS, find_hypertable, find_table
from core.timescale.watermarks import Rollups
from core.users.rights import OPERATOR, Actor, Right

UPKEEP_AT = time(2, 10)
"""UTC; night in the plants' zones, and not on the hour, when everything else runs."""


class NothingToDoError(ConflictError):
    """Everything is as it should be already."""

    key = "timescale-error-nothing-to-do"


class ChunksThereError(NothingToDoError):
    """The chunks of that range are there."""

    key = "timescale-error-chunks-there"


class NoneThatOldError(NothingToDoError):
    """No chunk is that old."""

    key = "timescale-error-none-that-old"


class NoneToCompressError(NothingToDoError):
    """No chunk of that age waits for compression."""

    key = "timescale-error-none-to-compress"


Plan = RangePlan | IntervalChange | CleanupPlan | CompressionPlan


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that waits for its confirmation under a number. `drift`: what an APPLY would mend."""

    operation: int
    kind: Kind
    table: str
    plan: Plan | None = None
    drift: Sequence[Drift] = field(default=())


@dataclass(frozen=True, slots=True)
class Seen:
    """An operation, and what its worker reports right now (None: it has not begun, or has ended)."""

    operation: Operation
    report: JobProgress | None


class Caretaker:
    """Plans, confirms, follows and cancels changes to tables; all need the right to manage the database."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        settings: TimescaleSettings,
        journal: Journal,
        runs: Runs,
        holds: HoldService,
        policies: PolicyService,
        progress: ProgressBoard,
        rollups: Rollups,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._journal = journal
        self._runs = runs
        self._holds = holds
        self._policies = policies
        self._progress = progress
        self._rollups = rollups

    async def plan_ahead(self, actor: Actor, table: str = READINGS, chunks: int | None = None) -> Planned:
        """Plan the chunk of now and `chunks` beyond it (as the settings want).

        Raises:
            What `plan_range` raises; NothingToDoError.
        """
        actor.require(Right.MANAGE_DATABASE)
        now = self._clock()
        async with looking(self._engine) as connection:
            (await detect(connection)).require_timescale()
            interval = (await find_hypertable(connection, table)).interval
        ahead = self._settings.chunks_ahead if chunks is None else chunks
        try:
            end = now + interval * ahead + timedelta(microseconds=1)
        except OverflowError:
            raise BadRangeError(f"{ahead} chunks ahead") from None
        return await self.plan_range(actor, table, now, end)

    async def plan_range(self, actor: Actor, table: str, start: datetime, end: datetime) -> Planned:
        """Plan the chunks that [start, end) lacks.

        Raises:
            What `plan_range` raises; NothingToDoError.
        """
        actor.require(Right.MANAGE_DATABASE)
        async with looking(self._engine) as connection:
            plan = await plan_range(connection, table, start, end)
        if not plan.missing:
            raise ChunksThereError(f"{plan.table.qualified} has all chunks of the range", count=len(plan.existing))
        return await self._planned(actor, Kind.ENSURE, plan, ensure_step(start, end))

    async def plan_interval(self, actor: Actor, table: str, interval: timedelta) -> Planned:
        """Plan another length of new chunks.

        Raises:
            What `plan_interval` raises; NothingToDoError.
        """
        actor.require(Right.MANAGE_DATABASE)
        async with looking(self._engine) as connection:
            plan = await plan_interval(connection, table, interval)
        if plan.before == plan.after:
            raise NothingToDoError("the interval is that already")
        return await self._planned(actor, Kind.INTERVAL, plan, interval_step(interval))

    async def plan_cleanup(
        self, actor: Actor, table: str, older_than: timedelta, *, leave_nothing: bool = False
    ) -> Planned:
        """Plan what to drop; the plan names the chunks, and no others will be.

        Raises:
            What `plan_cleanup` raises; NothingToDoError.
        """
        actor.require(Right.MANAGE_DATABASE)
        now = self._clock()
        before = ago(now, older_than)
        async with looking(self._engine) as connection:
            qualified = (await find_table(connection, table)).qualified
            plan = await plan_cleanup(
                connection,
                table,
                before,
                now=now,
                holds=await self._holds.of_table(qualified),
                rollups=self._rollups,
                leave_nothing=leave_nothing,
            )
        if not plan.chunks and not plan.held:
            raise NoneThatOldError("no chunk is that old")
        step = clean_step(before, plan.chunks, leave_nothing=leave_nothing)
        return await self._planned(actor, Kind.CLEAN, plan, step)

    async def plan_compression(self, actor: Actor, table: str, older_than: timedelta) -> Planned:
        """Plan what to compress, and how.

        Raises:
            What `plan_compression` raises; NothingToDoError.
        """
        actor.require(Right.MANAGE_DATABASE)
        now = self._clock()
        async with looking(self._engine) as connection:
            plan = await plan_compression(connection, table, ago(now, older_than), now=now)
        if not plan.chunks:
            raise NoneToCompressError("no chunk is that old and not compressed")
        return await self._planned(actor, Kind.COMPRESS, plan, compress_step(plan.before, plan.chunks))

    async def plan_apply(self, actor: Actor, table: str = READINGS) -> Planned:
        """Plan whatever brings a table to its policy.

        Raises:
            What `PolicyService.drift` raises; NothingToDoError.
        """
        actor.require(Right.MANAGE_DATABASE)
        drift = await self._policies.drift(actor, table)
        steps = [one.step for one in drift if one.step is not None]
        if not steps:
            raise NothingToDoError("everything is as declared")
        qualified = (await self._policies.declared(actor, table)).table
        number = await self._journal.plan(actor, Kind.APPLY, qualified, steps)
        return Planned(number, Kind.APPLY, qualified, drift=drift)

    async def plan_backfill(self, actor: Actor, batch: str) -> Planned:
        """Plan the writing of a staged batch of late readings."""
        actor.require(Right.MANAGE_DATABASE)
        async with looking(self._engine) as connection:
            qualified = (await find_table(connection, READINGS)).qualified
        number = await self._journal.plan(actor, Kind.BACKFILL, qualified, [backfill_step(batch)])
        return Planned(number, Kind.BACKFILL, qualified)

    async def confirm(self, actor: Actor, operation_id: int) -> Operation:
        """Order what was planned: once, whoever presses, and only while the plan is fresh.

        Raises:
            NoSuchOperationError, StalePlanError, AlreadyOrderedError.
        """
        actor.require(Right.MANAGE_DATABASE)
        operation = await self._journal.confirm(actor, operation_id)
        await self._runs.enqueue(operation)
        return operation

    async def run_here(self, actor: Actor, operation_id: int) -> Operation:
        """Confirm a plan and run it in this process, for the command line: no worker needs to run.

        Raises:
            NoSuchOperationError, StalePlanError, AlreadyOrderedError.
        """
        actor.require(Right.MANAGE_DATABASE)
        await self._journal.confirm(actor, operation_id)
        await self._runs.run(operation_id, now_or_never=True)
        return await self._journal.get(operation_id)

    async def cancel(self, actor: Actor, operation_id: int) -> Operation:
        """End a plan, an order or a run.

        Raises:
            NoSuchOperationError, NotCancellableError.
        """
        actor.require(Right.MANAGE_DATABASE)
        operation = await self._journal.cancel(actor, operation_id)
        if operation.state == State.RUNNING:
            with suppress(UnavailableError):  # without Redis the run hears of it after the present chunk
                await self._progress.cancel(progress_name(operation_id))
            if await self._runs.is_abandoned(operation):  # then nobody is there to hear it
                operation = await self._journal.get(operation_id)
        return operation

    async def see(self, actor: Actor, operation_id: int) -> Seen:
        """Return where an operation stands.

        Raises:
            NoSuchOperationError.
        """
        actor.require(Right.SEE_HEALTH)
        operation = await self._journal.get(operation_id)
        running = operation.state in {State.QUEUED, State.RUNNING, State.INTERRUPTED}
        return Seen(operation, await self._progress.read(progress_name(operation_id)) if running else None)

    async def recent(self, actor: Actor, limit: int = 10) -> Sequence[Operation]:
        """Return the last operations, newest first."""
        actor.require(Right.SEE_HEALTH)
        return await self._journal.recent(limit)

    async def upkeep(self) -> int:
        """Queue what each table needs, once a day; a day missed while nothing ran is caught up once.

        Returns how many tables were due.
        """
        await forget(self._engine, self._clock() - PLAN_LIFETIME)
        slot, due = last_slot(self._clock(), UPKEEP_AT), 0
        for table in await self._policies.tables():
            drift = await self._policies.drift(OPERATOR, table)
            steps: list[Step] = [one.step for one in drift if one.step is not None]
            number = await self._journal.schedule(table, steps, slot=slot)
            if number is not None:
                await self._runs.enqueue(await self._journal.get(number))
                due += 1
        return due

    async def _planned(self, actor: Actor, kind: Kind, plan: Plan, step: Step) -> Planned:
        number = await self._journal.plan(actor, kind, plan.table.qualified, [step])
        return Planned(number, kind, plan.table.qualified, plan)


def progress_name(operation_id: int) -> str:
    """Return the name under which an operation reports how far it is."""
    return f"operation:{operation_id}"
