"""Operations: confirmed once, done as planned, interrupted and finished, and on record whoever did what."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n import text_for
from bot.views.operations import sight
from core.container import Container
from core.errors import ForbiddenError
from core.settings import TimescaleSettings
from core.timescale.caretaker import Caretaker, NothingToDoError, Planned
from core.timescale.journal import PLAN_LIFETIME, AlreadyOrderedError, NotCancellableError, StalePlanError
from core.timescale.maintenance import MaintenanceBusyError, maintenance
from core.timescale.models import Kind, State
from core.timescale.retention import AggregateLagsError, plan_cleanup
from core.timescale.runs import OperationTimeoutError, Runs
from core.timescale.watermarks import NoRollups
from core.users.models import AuditEntry, Role
from core.users.rights import OPERATOR, Actor
from tests.fakes.clock import SettableClock

pytestmark = pytest.mark.timescale
ANNA = Actor(id=1, name="Anna", role=Role.ADMIN)
BORIS = Actor(id=2, name="Boris", role=Role.ADMIN)
WEEK = timedelta(days=7)
GRID = datetime(2026, 2, 26, tzinfo=UTC)


@pytest.fixture
def caretaker(container: Container) -> Caretaker:
    return container.caretaking.caretaker


async def chunks(engine: AsyncEngine) -> list[datetime]:
    """Ask TimescaleDB where chunks begin."""
    async with engine.connect() as connection:
        found = await connection.scalars(
            text(
                "SELECT range_start FROM timescaledb_information.chunks "
                "WHERE hypertable_name = 'sensor_data' ORDER BY range_start"
            )
        )
        return list(found)


async def fill(engine: AsyncEngine, weeks: int) -> None:
    """Write a reading a day for `weeks` weeks before GRID, and one of now."""
    async with engine.begin() as connection:
        for day in range(-7 * weeks, 1):
            await connection.execute(
                text("INSERT INTO sensor_data VALUES (1, CAST(:at AS timestamptz), 1.0)"),
                {"at": GRID + timedelta(days=day)},
            )


async def audit(container: Container) -> list[tuple[str, str, int | None]]:
    async with container.sessions() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.action, row.outcome, row.actor_id) for row in rows]


@asynccontextmanager
async def halted(engine: AsyncEngine, start: datetime) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Have whoever wants the chunk that begins at `start` wait until what is yielded is called."""
    name = (
        "SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks WHERE range_start = :at"
    )
    async with engine.connect() as connection:
        chunk = await connection.scalar(text(name), {"at": start})
        await connection.execute(text(f"LOCK TABLE {chunk} IN ROW EXCLUSIVE MODE"))
        yield connection.rollback


async def until_waiting(engine: AsyncEngine) -> None:
    """Wait until somebody waits for a lock in this database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(60), engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        while not await connection.scalar(text(waiting)):
            await asyncio.sleep(0.05)


async def planned_cleanup(caretaker: Caretaker, **options: Any) -> Planned:
    return await caretaker.plan_cleanup(ANNA, "sensor_data", timedelta(days=14), **options)


async def test_a_plan_changes_nothing_and_its_confirmation_does_it_once(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    assert len(await chunks(engine)) == 6
    tries = await asyncio.gather(
        *(caretaker.confirm(who, plan.operation) for who in (ANNA, BORIS, ANNA, BORIS)), return_exceptions=True
    )
    assert sum(isinstance(one, StalePlanError) for one in tries) == 3
    await container.caretaking.runs.run(plan.operation)
    ended = (await caretaker.see(ANNA, plan.operation)).operation
    assert ended.state == State.DONE
    assert [entry["rows"] for entry in ended.result["dropped"]] == [7, 7, 7]
    assert all(entry["bytes"] > 0 for entry in ended.result["dropped"])
    assert await chunks(engine) == [GRID - 2 * WEEK, GRID - WEEK, GRID]
    await container.caretaking.runs.run(plan.operation)
    winner = ended.confirmed_by
    assert await audit(container) == [("timescale.clean", "confirmed", winner), ("timescale.clean", "done", winner)]


async def test_two_who_plan_the_same_have_it_done_once(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plans = [await planned_cleanup(caretaker) for _ in range(4)]
    tries = await asyncio.gather(
        *(caretaker.confirm(who, plan.operation) for who, plan in zip((ANNA, BORIS, ANNA, BORIS), plans, strict=True)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, AlreadyOrderedError) for one in tries) == 3
    (ordered,) = await container.caretaking.journal.unfinished()
    await container.caretaking.runs.run(ordered.id)
    assert [outcome for _, outcome, _ in await audit(container)] == ["confirmed", "done"]
    again = next(plan for plan in plans if plan.operation != ordered.id)
    ended = await caretaker.run_here(BORIS, again.operation)  # it may be pressed again, and finds nothing to do
    assert (ended.state, ended.result) == (State.DONE, {})


async def test_what_nobody_is_at_any_more_can_be_cancelled(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    await container.caretaking.journal.begin(plan.operation)  # and then kill -9
    assert (await caretaker.cancel(BORIS, plan.operation)).state == State.CANCELLED
    await caretaker.run_here(ANNA, (await planned_cleanup(caretaker)).operation)
    assert len(await chunks(engine)) == 3


async def test_a_plan_grows_stale_and_drops_nothing_that_it_did_not_name(
    container: Container, caretaker: Caretaker, engine: AsyncEngine, clock: SettableClock
) -> None:
    await fill(engine, 4)
    old, fresh = await planned_cleanup(caretaker), await planned_cleanup(caretaker)
    clock.advance(PLAN_LIFETIME)
    with pytest.raises(StalePlanError):
        await caretaker.confirm(ANNA, old.operation)
    clock.advance(-PLAN_LIFETIME)
    await caretaker.confirm(ANNA, fresh.operation)
    clock.advance(2 * WEEK)  # two more chunks have come of age since
    await container.caretaking.runs.run(fresh.operation)
    assert await chunks(engine) == [GRID - 2 * WEEK, GRID - WEEK, GRID]


async def test_a_hold_keeps_its_chunks_until_it_is_released(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    start = GRID - 4 * WEEK + timedelta(days=2)
    hold = await container.caretaking.holds.place(ANNA, "sensor_data", start, start + timedelta(hours=1), "claim 7")
    plan = await planned_cleanup(caretaker)
    ended = await caretaker.run_here(ANNA, plan.operation)
    assert len(ended.result["held"]) == 1
    assert await chunks(engine) == [GRID - 4 * WEEK, GRID - 2 * WEEK, GRID - WEEK, GRID]
    await container.caretaking.holds.release(BORIS, hold.id)
    await caretaker.run_here(ANNA, (await planned_cleanup(caretaker)).operation)
    assert GRID - 4 * WEEK not in await chunks(engine)
    assert ("timescale.hold", "ok", 1) in await audit(container)
    assert ("timescale.release", "ok", 2) in await audit(container)


async def test_a_hold_placed_while_chunks_are_dropped_keeps_those_that_are_left(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    second = GRID - 4 * WEEK

    async with halted(engine, second) as go_on:
        run = container.supervisor.start(container.caretaking.runs.run(plan.operation), name="run")
        await until_waiting(engine)
        await container.caretaking.holds.place(BORIS, "sensor_data", second, second + WEEK, "claim 7")
        await go_on()
        await run
    ended = (await caretaker.see(ANNA, plan.operation)).operation
    assert (len(ended.result["dropped"]), len(ended.result["held"])) == (2, 1)
    assert await chunks(engine) == [second, GRID - 2 * WEEK, GRID - WEEK, GRID]


async def test_late_readings_that_come_while_chunks_are_dropped_are_not_lost(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    second = GRID - 4 * WEEK
    async with halted(engine, second) as go_on:
        run = container.supervisor.start(container.caretaking.runs.run(plan.operation), name="run")
        await until_waiting(engine)
        async with engine.begin() as connection:  # as ingest marks what the roll-ups must read
            mark = text("INSERT INTO rollup_marks (sensor_id, hour, since, until) VALUES (1, :at, :at, :at)")
            await connection.execute(mark, {"at": second + timedelta(days=1)})
        await go_on()
        await run
    ended = (await caretaker.see(ANNA, plan.operation)).operation
    assert (ended.state, ended.error) == (State.FAILED, AggregateLagsError.key)
    assert await chunks(engine) == [second, GRID - 3 * WEEK, GRID - 2 * WEEK, GRID - WEEK, GRID]


async def test_a_roll_up_that_lags_holds_retention_back(
    container: Container, engine: AsyncEngine, clock: SettableClock
) -> None:

    class Reading(NoRollups):
        """Has read up to some moment."""

        views = ("public.sensor_minutes", "public.sensor_hours")

        def __init__(self, until: datetime) -> None:
            self._until = until

        async def complete_until(self, table: str) -> datetime | None:
            return self._until

    await fill(engine, 5)
    async with engine.connect() as connection:
        before = GRID - 3 * WEEK
        with pytest.raises(AggregateLagsError):
            await plan_cleanup(connection, "sensor_data", before, now=clock(), rollups=Reading(GRID - 4 * WEEK))
        plan = await plan_cleanup(connection, "sensor_data", before, now=clock(), rollups=Reading(GRID - 3 * WEEK))
        assert len(plan.chunks) == 2


@pytest.mark.timescale_community
async def test_an_aggregate_that_lags_holds_retention_back(caretaker: Caretaker, engine: AsyncEngine) -> None:
    await fill(engine, 5)
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(
            text(
                "CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS "
                "SELECT time_bucket('1 day', time) AS day, avg(value) FROM sensor_data GROUP BY 1 WITH NO DATA"
            )
        )
        with pytest.raises(AggregateLagsError) as lag:
            await planned_cleanup(caretaker)
        assert lag.value.params["aggregates"] == "public.daily"
        await connection.execute(text("CALL refresh_continuous_aggregate('daily', NULL, NULL)"))
        assert len((await planned_cleanup(caretaker)).plan.chunks) == 3  # type: ignore[union-attr]
        late = {"at": GRID - 5 * WEEK + timedelta(hours=1)}
        await connection.execute(text("INSERT INTO sensor_data VALUES (2, CAST(:at AS timestamptz), 1)"), late)
        with pytest.raises(AggregateLagsError):
            await planned_cleanup(caretaker)
        await connection.execute(text("CALL refresh_continuous_aggregate('daily', NULL, NULL)"))
    ended = await caretaker.run_here(ANNA, (await planned_cleanup(caretaker)).operation)
    assert (ended.state, len(ended.result["dropped"])) == (State.DONE, 3)
    assert await chunks(engine) == [GRID - 2 * WEEK, GRID - WEEK, GRID]


@pytest.mark.timescale_community
async def test_what_an_aggregate_knows_of_dropped_chunks_stays_and_retention_goes_on_week_after_week(
    caretaker: Caretaker, engine: AsyncEngine, clock: SettableClock
) -> None:
    await fill(engine, 5)
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(
            text(
                "CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS "
                "SELECT time_bucket('1 day', time) AS day, avg(value) FROM sensor_data GROUP BY 1 WITH NO DATA"
            )
        )
        await connection.execute(text("CALL refresh_continuous_aggregate('daily', NULL, NULL)"))
        days = await connection.scalar(text("SELECT count(*) FROM daily"))
        for weeks_left in (2, 1):
            ended = await caretaker.run_here(ANNA, (await planned_cleanup(caretaker)).operation)
            assert (ended.state, ended.error) == (State.DONE, None)
            assert len(await chunks(engine)) == weeks_left + 1
            # As a refresh policy does, which looks back for days only.
            recent = {"since": GRID - timedelta(days=3)}
            await connection.execute(
                text("CALL refresh_continuous_aggregate('daily', CAST(:since AS timestamptz), NULL)"), recent
            )
            assert await connection.scalar(text("SELECT count(*) FROM daily")) == days
            clock.advance(WEEK)


async def test_an_operation_whose_worker_died_is_called_interrupted_and_finished(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    await container.caretaking.journal.begin(plan.operation)  # and then kill -9: no lock, no word
    assert await container.caretaking.runs.resume() == 1
    assert (await caretaker.see(ANNA, plan.operation)).operation.state == State.INTERRUPTED
    await container.caretaking.runs.run(plan.operation)
    assert len(await chunks(engine)) == 3
    assert [outcome for _, outcome, _ in await audit(container)] == ["confirmed", "interrupted", "done"]


async def test_an_operation_that_runs_is_left_to_its_worker(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    async with maintenance(engine, TimescaleSettings(), "sensor_data"):
        await container.caretaking.journal.begin(plan.operation)
        assert await container.caretaking.runs.resume() == 0
    assert (await caretaker.see(ANNA, plan.operation)).operation.state == State.RUNNING


async def test_an_operation_interrupted_again_and_again_is_given_up(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    for _ in range(3):
        await container.caretaking.journal.begin(plan.operation)
        await container.caretaking.runs.resume()
    ended = (await caretaker.see(ANNA, plan.operation)).operation
    assert (ended.state, ended.error) == (State.FAILED, "timescale-error-interrupted")
    assert len(await chunks(engine)) == 6


async def test_a_cancelled_order_is_never_done(container: Container, caretaker: Caretaker, engine: AsyncEngine) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    await caretaker.cancel(BORIS, plan.operation)
    await container.caretaking.runs.run(plan.operation)
    assert len(await chunks(engine)) == 6
    with pytest.raises(NotCancellableError):
        await caretaker.cancel(BORIS, plan.operation)
    assert (await audit(container))[-1] == ("timescale.clean", "cancelled", 2)


async def test_a_run_ends_between_chunks_when_somebody_asks(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    asked: list[asyncio.Task[Any]] = []

    def tell(step: str, done: int, total: int) -> None:
        if done == 0:
            asked.append(container.supervisor.start(caretaker.cancel(BORIS, plan.operation), name="cancel"))

    await container.caretaking.runs.run(plan.operation, tell)
    await asyncio.gather(*asked)
    ended = (await caretaker.see(ANNA, plan.operation)).operation
    assert ended.state in {State.CANCELLED, State.DONE}
    assert len(await chunks(engine)) == 6 - len(ended.result.get("dropped", []))


async def test_an_operation_waits_for_its_turn_and_is_called_when_it_comes(
    container: Container, caretaker: Caretaker, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.timescale.runs._LOCK_WAIT_S", 0.1)
    await fill(engine, 5)
    first = await caretaker.plan_ahead(ANNA, "sensor_data", 3)
    second = await planned_cleanup(caretaker)
    for plan in (first, second):
        await caretaker.confirm(ANNA, plan.operation)
    async with maintenance(engine, TimescaleSettings(), "sensor_data"):
        await container.caretaking.runs.run(second.operation)
    assert (await caretaker.see(ANNA, second.operation)).operation.state == State.QUEUED
    await container.redis.flushall()
    await container.caretaking.runs.run(first.operation)
    assert await container.redis.zrange("diagnostics", 0, -1) == [f"operation:{second.operation}:0".encode()]
    await container.caretaking.runs.run(second.operation)
    assert (await caretaker.see(ANNA, second.operation)).operation.state == State.DONE
    assert len(await chunks(engine)) == 3 + 3


async def test_a_command_does_not_wait_for_its_turn(
    caretaker: Caretaker, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.timescale.runs._LOCK_WAIT_S", 0.1)
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    async with maintenance(engine, TimescaleSettings(), "sensor_data"):
        ended = await caretaker.run_here(ANNA, plan.operation)
    assert (ended.state, ended.error) == (State.FAILED, MaintenanceBusyError.key)


async def test_an_order_that_redis_does_not_take_waits_in_the_journal(
    container: Container, caretaker: Caretaker, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)

    async def away(*_: Any, **__: Any) -> None:
        raise RedisConnectionError("Connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(type(container.queue), "enqueue", away)
        assert (await caretaker.confirm(ANNA, plan.operation)).state == State.QUEUED
    assert await container.redis.zcard("diagnostics") == 0
    assert await container.caretaking.runs.resume() == 1
    assert await container.redis.zcard("diagnostics") == 1


async def test_an_operation_that_takes_too_long_is_ended_and_keeps_what_it_did(
    container: Container, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    limits = container.settings.timescale.model_copy(update={"operation_timeout_s": 3})
    runs = replace_settings(container, limits)
    plan = await planned_cleanup(container.caretaking.caretaker)
    await container.caretaking.caretaker.confirm(ANNA, plan.operation)
    async with halted(engine, GRID - 4 * WEEK):
        await runs.run(plan.operation)
    ended = (await container.caretaking.caretaker.see(ANNA, plan.operation)).operation
    assert (ended.state, ended.error) == (State.FAILED, OperationTimeoutError.key)
    assert len(ended.result["dropped"]) == 1
    assert await chunks(engine) == [GRID + n * WEEK for n in range(-4, 1)]
    async with maintenance(engine, TimescaleSettings(), "sensor_data"):
        pass  # the lock is free
    assert (await audit(container))[-1] == ("timescale.clean", "failed", 1)


def replace_settings(container: Container, limits: TimescaleSettings) -> Runs:
    """Return what runs operations, with other limits."""
    care = container.caretaking
    return Runs(container.engine, container.clock, limits, care.journal, care.holds, container.queue, container.rollups)


async def test_a_step_that_the_database_refuses_says_why_and_holds_up_no_other(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    policies = container.caretaking.policies
    await fill(engine, 5)
    await policies.declare(ANNA, "sensor_data", "compress_after", timedelta(0))
    await policies.declare(ANNA, "sensor_data", "retain_for", timedelta(days=21))
    plan = await caretaker.plan_apply(ANNA)
    async with engine.begin() as connection:
        oldest = text("SELECT show_chunks('sensor_data', older_than => CAST(:end AS timestamptz))::text")
        chunk = await connection.scalar(oldest, {"end": GRID - 4 * WEEK})
        await connection.execute(text(f"CREATE VIEW auditors AS SELECT * FROM {chunk}"))
    ended = await caretaker.run_here(ANNA, plan.operation)
    assert ended.state == State.FAILED
    assert len(ended.result["created"]) == 2
    words = sight(await caretaker.see(ANNA, plan.operation), ANNA, text_for("en")).words
    assert "retention: The database refused" in words
    assert "because other objects depend on it" in words


async def test_maintenance_has_a_connection_of_its_own_with_limits_and_without_transaction(engine: AsyncEngine) -> None:
    limits = TimescaleSettings(lock_timeout_s=7, statement_timeout_s=70)
    async with maintenance(engine, limits, "sensor_data") as connection:
        for name, value in (("lock_timeout", "7s"), ("statement_timeout", "70s")):
            assert await connection.scalar(text(f"SHOW {name}")) == value
        first = await connection.scalar(text("SELECT pg_current_xact_id()::text"))
        assert await connection.scalar(text("SELECT pg_current_xact_id()::text")) != first
        own = await connection.scalar(text("SELECT pg_backend_pid()"))
    async with engine.connect() as other:
        assert await other.scalar(text("SELECT pg_backend_pid()")) != own
        assert await other.scalar(text("SHOW lock_timeout")) == "0"


async def test_a_lock_in_the_way_is_waited_for_with_growing_pauses(
    caretaker: Caretaker, container: Container, engine: AsyncEngine
) -> None:
    await fill(engine, 5)
    plan = await planned_cleanup(caretaker)
    await caretaker.confirm(ANNA, plan.operation)
    async with halted(engine, GRID - 5 * WEEK) as go_on:
        run = container.supervisor.start(container.caretaking.runs.run(plan.operation), name="run")
        await until_waiting(engine)
        await asyncio.sleep(2.5)  # longer than a single wait for the lock may take
        await go_on()
        await run
    assert (await caretaker.see(ANNA, plan.operation)).operation.state == State.DONE
    assert len(await chunks(engine)) == 3


async def test_upkeep_is_done_once_a_day_and_caught_up_once(
    container: Container, caretaker: Caretaker, engine: AsyncEngine, clock: SettableClock
) -> None:
    assert await caretaker.upkeep() == 1
    for operation in await container.caretaking.journal.unfinished():
        await container.caretaking.runs.run(operation.id)
    assert len(await chunks(engine)) == 3
    assert await caretaker.upkeep() == 0
    clock.advance(timedelta(days=9))  # downtime of nine days: one run, not nine
    assert sum(await asyncio.gather(caretaker.upkeep(), caretaker.upkeep())) == 1
    clock.advance(timedelta(hours=1))
    assert await caretaker.upkeep() == 0


async def test_policies_drift_and_apply(container: Container, caretaker: Caretaker, engine: AsyncEngine) -> None:
    policies = container.caretaking.policies
    await fill(engine, 5)
    await policies.declare(ANNA, "sensor_data", "chunk_interval", timedelta(days=1))
    await policies.declare(ANNA, "sensor_data", "compress_after", timedelta(days=14))
    await policies.declare(ANNA, "sensor_data", "retain_for", timedelta(days=21))
    kinds = {one.kind: one.count for one in await policies.drift(ANNA)}
    assert kinds[Kind.CLEAN] == 2
    assert Kind.INTERVAL in kinds
    plan = await caretaker.plan_apply(ANNA)
    ended = await caretaker.run_here(ANNA, plan.operation)
    assert (ended.state, ended.result.get("refused")) == (State.DONE, None)
    assert await policies.drift(ANNA) == []
    with pytest.raises(NothingToDoError):
        await caretaker.plan_apply(ANNA)
    async with engine.connect() as connection:
        interval = text(
            "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'sensor_data'"
        )
        assert await connection.scalar(interval) == timedelta(days=1)


async def test_engineers_may_neither_plan_nor_confirm_nor_cancel(caretaker: Caretaker) -> None:
    engineer = Actor(id=7, name="Ivan", role=Role.ENGINEER)
    for attempt in (
        caretaker.plan_ahead(engineer),
        caretaker.plan_cleanup(engineer, "sensor_data", WEEK),
        caretaker.plan_compression(engineer, "sensor_data", WEEK),
        caretaker.plan_apply(engineer),
        caretaker.plan_interval(engineer, "sensor_data", WEEK),
        caretaker.confirm(engineer, 1),
        caretaker.cancel(engineer, 1),
        caretaker.recent(engineer),
    ):
        with pytest.raises(ForbiddenError):
            await attempt


@pytest.mark.timescale_community
async def test_a_backfill_opens_a_compressed_chunk_and_closes_it_again(
    container: Container, caretaker: Caretaker, engine: AsyncEngine
) -> None:
    await fill(engine, 3)
    await caretaker.run_here(ANNA, (await caretaker.plan_compression(ANNA, "sensor_data", timedelta(0))).operation)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO backfill_readings (batch, sensor_id, time, value) "
                "SELECT 'b1', 2, CAST(:at AS timestamptz) + i * INTERVAL '1 min', i FROM generate_series(0, 9999) i"
            ),
            {"at": GRID - 4 * WEEK},  # no chunk of that week exists yet
        )
    ended = await caretaker.run_here(OPERATOR, (await caretaker.plan_backfill(OPERATOR, "b1")).operation)
    assert sum(entry["rows"] for entry in ended.result["written"]) == 10_000
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM sensor_data WHERE sensor_id = 2")) == 10_000
        assert await connection.scalar(text("SELECT count(*) FROM backfill_readings")) == 0
        closed = "SELECT is_compressed FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_data'"
        assert sum(await connection.scalars(text(closed))) == 3
