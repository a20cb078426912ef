"""What was kept or ordered for somebody ends with the right that carried it, in the transaction that takes it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.subscriptions import forget_subscription
from core.timescale.journal import withdraw_orders
from core.users.rights import Actor, Right


async def end_what_was_lost(session: AsyncSession, before: Actor, now: Actor, at: datetime) -> None:
    """End the subscriptions of those who are let in no longer, and orders of those who may not give them now."""
    if now.id is None:
        return
    if not now.is_member:
        await forget_subscription(session, now.id)
    if before.may(Right.MANAGE_DATABASE) and not now.may(Right.MANAGE_DATABASE):
        await withdraw_orders(session, now.id, at)
