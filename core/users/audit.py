"""The audit log: who did what to what, written in the transaction that does it."""

from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.observability import correlation_id
from core.users.models import AuditEntry, User
from core.users.rights import Actor, Right


def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    *,
    target: str | int | None = None,
    outcome: str = "ok",
    details: Mapping[str, object] | None = None,
) -> None:
    """Add an entry to `session`; it is kept when the caller commits, and only then."""
    session.add(
        AuditEntry(
            actor_id=actor.id,
            action=action,
            target=None if target is None else str(target),
            outcome=outcome,
            details=dict(details or {}),
            correlation_id=correlation_id(),
        )
    )


class AuditService:
    """Shows the audit log to those who answer for people."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def page(self, actor: Actor, page: int, *, size: int, about: int | None = None) -> list[AuditEntry]:
        """Return up to `size` entries, the latest first; `about` one user: what they did and what was done to them."""
        actor.require(Right.MANAGE_USERS)
        query = select(AuditEntry).order_by(AuditEntry.id.desc()).offset(max(page, 0) * size).limit(size)
        if about is not None:
            of_user = AuditEntry.action.like("user.%") & (AuditEntry.target == str(about))
            query = query.where(or_(AuditEntry.actor_id == about, of_user))
        async with self._sessions() as session:
            return list(await session.scalars(query))

    async def names(self, actor: Actor, ids: Collection[int]) -> dict[int, str]:
        """Return the names of those among `ids` who are known."""
        actor.require(Right.MANAGE_USERS)
        async with self._sessions() as session:
            rows = await session.execute(select(User.id, User.name).where(User.id.in_(ids)))
            return {row.id: row.name for row in rows}
