"""What is declared for a table, what is, and the steps that bring the one to the other."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError, HydrodiagError
from core.settings import TimescaleSettings
from core.timescale.compression import plan_compression
from core.timescale.edition import Edition, detect
from core.timescale.holds import HoldService
from core.timescale.maintenance import looking
from core.timescale.models import Kind, TablePolicy
from core.timescale.partitions import LONGEST_INTERVAL, SHORTEST_INTERVAL, BadIntervalError, plan_range
from core.timescale.retention import plan_cleanup
from core.timescale.steps import Step, clean_step, compress_step, ensure_step, interval_step
from core.timescale.tables import READINGS, find_hypertable, find_table
from core.timescale.watermarks import Rollups
from core.users.audit import record
from core.users.rights import Actor, Right

FIELDS = ("chunk_interval", "compress_after", "retain_for")
LONGEST_POLICY = timedelta(days=36525)


class BadPolicyError(BadInputError):
    """Readings would be dropped before they are compressed, or a span is out of bounds."""

    key = "timescale-error-bad-policy"


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared for a table; zero: never compressed, kept for ever. `own`: fields that are not the settings'.

    `compressible`: this edition of TimescaleDB can do what is declared of compression.
    """

    table: str
    chunk_interval: timedelta | None
    compress_after: timedelta
    retain_for: timedelta
    own: tuple[str, ...] = ()
    compressible: bool = True


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as declared. `count` is of chunks, `step` mends it.

    Without a step it must wait: `error` and `params` say why.
    """

    kind: Kind
    declared: timedelta | int
    actual: timedelta | int
    count: int
    step: Step | None
    error: str | None = None
    params: dict[str, str | int | float] = field(default_factory=dict)


class PolicyService:
    """Keeps policies and compares them with the database."""

    def __init__(
        self,
        engine: AsyncEngine,
        sessions: SessionFactory,
        clock: Clock,
        settings: TimescaleSettings,
        holds: HoldService,
        rollups: Rollups,
    ) -> None:
        self._engine = engine
        self._sessions = sessions
        self._clock = clock
        self._settings = settings
        self._holds = holds
        self._rollups = rollups

    async def tables(self) -> list[str]:
        """Return the hypertables that are looked after: the readings', and those with a policy of their own."""
        async with looking(self._engine) as connection:
            if (await detect(connection)).edition is Edition.NONE:
                return []
            async with self._sessions() as session:
                names = [READINGS, *await session.scalars(select(TablePolicy.table_name))]
            found = []
            for name in names:
                try:
                    found.append((await find_hypertable(connection, name)).qualified)
                except HydrodiagError:  # gone since, or not a hypertable yet: health says so
                    continue
        return list(dict.fromkeys(found))

    async def declared(self, actor: Actor, table: str = READINGS) -> Declared:
        """Return what is declared for a table.

        Raises:
            NoSuchTableError.
        """
        actor.require(Right.SEE_HEALTH)
        async with looking(self._engine) as connection:
            qualified = (await find_table(connection, table)).qualified
            readings = qualified == (await find_table(connection, READINGS)).qualified
            compressible = (await detect(connection)).edition is Edition.COMMUNITY
        async with self._sessions() as session:
            row = await session.get(TablePolicy, qualified)
        settings = self._settings
        own = {name: getattr(row, name) for name in FIELDS if row is not None and getattr(row, name) is not None}
        defaults = {
            "chunk_interval": timedelta(days=settings.chunk_interval_days) if readings else None,
            "compress_after": timedelta(days=settings.compress_after_days if readings else 0),
            "retain_for": timedelta(days=settings.retain_days if readings else 0),
        }
        return Declared(qualified, **(defaults | own), own=tuple(own), compressible=compressible)

    async def declare(self, actor: Actor, table: str, field: str, value: timedelta | None) -> Declared:
        """Declare one field of a table's policy; None goes back to the settings. The database is not touched yet.

        Raises:
            NeedsTimescaleError, NoSuchTableError, NotAHypertableError, BadIntervalError, BadPolicyError.
        """
        actor.require(Right.MANAGE_DATABASE)
        if field not in FIELDS:
            raise BadPolicyError(f"no policy {field}")
        async with looking(self._engine) as connection:
            (await detect(connection)).require_timescale()
            qualified = (await find_hypertable(connection, table)).qualified
        await self._check(actor, qualified, field, value)
        values = {field: value, "updated_at": self._clock(), "updated_by": actor.id}
        statement = insert(TablePolicy).values(table_name=qualified, **values)
        async with self._sessions.begin() as session:
            await session.execute(statement.on_conflict_do_update(index_elements=["table_name"], set_=values))
            details: dict[str, object] = {field: None if value is None else value.total_seconds()}
            record(session, actor, "timescale.declare", target=qualified, details=details)
        return await self.declared(actor, qualified)

    async def drift(self, actor: Actor, table: str = READINGS) -> list[Drift]:
        """Compare what is declared for a table with what is.

        Raises:
            NeedsTimescaleError, NoSuchTableError, NotAHypertableError.
        """
        declared = await self.declared(actor, table)
        holds = await self._holds.of_table(declared.table)
        now = self._clock()
        async with looking(self._engine) as connection:
            (await detect(connection)).require_timescale()
            found = [
                await self._interval_drift(connection, declared),
                await self._compression_drift(connection, declared, now),
                await self._ahead_drift(connection, declared, now),
            ]
            if declared.retain_for:
                before = now - declared.retain_for
                try:
                    plan = await plan_cleanup(
                        connection,
                        declared.table,
                        before,
                        now=now,
                        holds=holds,
                        rollups=self._rollups,
                    )
                    if count := len(plan.chunks):
                        step = clean_step(before, plan.chunks)
                        found.append(Drift(Kind.CLEAN, declared.retain_for, count, count, step))
                except HydrodiagError as refusal:
                    found.append(Drift(Kind.CLEAN, declared.retain_for, 1, 1, None, refusal.key, refusal.params))
        return [one for one in found if one is not None]

    async def _check(self, actor: Actor, table: str, field: str, value: timedelta | None) -> None:
        if value is None:
            return
        if field == "chunk_interval" and not SHORTEST_INTERVAL <= value <= LONGEST_INTERVAL:
            raise BadIntervalError(f"chunks of {value}")
        if not timedelta(0) <= value <= LONGEST_POLICY:
            raise BadPolicyError(f"{field} of {value}")
        now = await self.declared(actor, table)
        compress = value if field == "compress_after" else now.compress_after
        retain = value if field == "retain_for" else now.retain_for
        if compress and retain and retain <= compress:
            raise BadPolicyError(f"kept for {retain}, compressed after {compress}")

    async def _interval_drift(self, connection: AsyncConnection, declared: Declared) -> Drift | None:
        actual = (await find_hypertable(connection, declared.table)).interval
        if declared.chunk_interval is None or actual == declared.chunk_interval:
            return None
        return Drift(Kind.INTERVAL, declared.chunk_interval, actual, 0, interval_step(declared.chunk_interval))

    async def _compression_drift(self, connection: AsyncConnection, declared: Declared, now: datetime) -> Drift | None:
        if not declared.compress_after or (await detect(connection)).edition is not Edition.COMMUNITY:
            return None
        before = now - declared.compress_after
        plan = await plan_compression(connection, declared.table, before, now=now)
        count = len(plan.chunks)
        if not count:
            return None
        return Drift(Kind.COMPRESS, declared.compress_after, count, count, compress_step(before, plan.chunks))

    async def _ahead_drift(self, connection: AsyncConnection, declared: Declared, now: datetime) -> Drift | None:
        interval = declared.chunk_interval or (await find_hypertable(connection, declared.table)).interval
        wanted = self._settings.chunks_ahead
        end = now + interval * wanted + timedelta(microseconds=1)
        try:
            missing = len((await plan_range(connection, declared.table, now, end)).missing)
        except HydrodiagError:  # Apache makes chunks of the readings' table only
            return None
        if not missing:
            return None
        return Drift(Kind.ENSURE, wanted + 1, wanted + 1 - missing, missing, ensure_step(now, end))


def last_slot(now: datetime, at: time) -> datetime:
    """Return the last moment, `now` at the latest, when upkeep was due: daily at `at`, UTC."""
    slot = datetime.combine(now.astimezone(UTC).date(), at, tzinfo=UTC)
    return slot if slot <= now else slot - timedelta(days=1)
