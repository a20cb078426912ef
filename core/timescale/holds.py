"""Legal holds: ranges of a table that must not be dropped until somebody with the right releases them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.database import SessionFactory
from core.errors import NotFoundError
from core.timescale.models import LegalHold
from core.timescale.partitions import BadRangeError
from core.timescale.retention import Hold
from core.timescale.tables import find_table
from core.users.audit import record
from core.users.rights import Actor, Right


class NoSuchHoldError(NotFoundError):
    """There is no such hold, or it was released."""

    key = "timescale-error-no-hold"


class HoldService:
    """Places, lists and releases holds; each change is in the audit log."""

    def __init__(self, engine: AsyncEngine, sessions: SessionFactory, clock: Clock) -> None:
        self._engine = engine
        self._sessions = sessions
        self._clock = clock

    async def place(self, actor: Actor, table: str, begins: datetime, ends: datetime, reason: str) -> LegalHold:
        """Keep what `table` has from `begins` to `ends` (exclusive).

        Raises:
            NoSuchTableError; BadRangeError: it ends before it begins.
        """
        actor.require(Right.MANAGE_DATABASE)
        if ends <= begins:
            raise BadRangeError(f"{ends.isoformat()} is not after {begins.isoformat()}")
        async with self._engine.connect() as connection:
            qualified = (await find_table(connection, table)).qualified
        hold = LegalHold(
            table_name=qualified,
            begins_at=begins,
            ends_at=ends,
            reason=reason,
            created_at=self._clock(),
            created_by=actor.id,
        )
        async with self._sessions.begin() as session:
            session.add(hold)
            await session.flush()
            details: dict[str, object] = {"from": begins.isoformat(), "to": ends.isoformat(), "reason": reason}
            record(session, actor, "timescale.hold", target=qualified, details=details | {"hold": hold.id})
        return hold

    async def release(self, actor: Actor, hold_id: int) -> LegalHold:
        """Let go of a hold; it stays on record.

        Raises:
            NoSuchHoldError.
        """
        actor.require(Right.MANAGE_DATABASE)
        async with self._sessions.begin() as session:
            hold = await session.get(LegalHold, hold_id, with_for_update=True)
            if hold is None or hold.released_at is not None:
                raise NoSuchHoldError(f"no hold {hold_id}", hold=hold_id)
            hold.released_at, hold.released_by = self._clock(), actor.id
            record(session, actor, "timescale.release", target=hold.table_name, details={"hold": hold_id})
            return hold

    async def list(self, actor: Actor) -> Sequence[LegalHold]:
        """Return the holds in force, oldest range first."""
        actor.require(Right.SEE_HEALTH)
        async with self._sessions() as session:
            in_force = select(LegalHold).where(LegalHold.released_at.is_(None))
            return (await session.scalars(in_force.order_by(LegalHold.begins_at, LegalHold.id))).all()

    async def of_table(self, qualified: str) -> tuple[Hold, ...]:
        """Return what is on hold of one table."""
        async with self._sessions() as session:
            rows = await session.scalars(
                select(LegalHold).where(LegalHold.table_name == qualified, LegalHold.released_at.is_(None))
            )
            return tuple(Hold(row.begins_at, row.ends_at) for row in rows)
