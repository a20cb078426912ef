"""The audit log: who did what to what, written in the transaction that does it."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.observability import correlation_id
from core.users.models import AuditEntry
from core.users.rights import Actor


def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    *,
    target: str | int | None = None,
    outcome: str = "ok",
    details: dict[str, object] | None = None,
) -> None:
    """Add an entry to `session`; it is kept when the caller commits, and only then."""
    session.add(
        AuditEntry(
            actor_id=actor.id,
            action=action,
            target=None if target is None else str(target),
            outcome=outcome,
            details=details or {},
            correlation_id=correlation_id(),
        )
    )
