"""Who is on call: members of a rota take turns; a hand-over lets somebody else take the rest of a turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.models import Rota


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's turn."""

    user_id: int
    begins: datetime
    ends: datetime


def turn_at(members: Sequence[int], anchor: datetime, length: timedelta, now: datetime) -> Turn | None:
    """Return whose turn it is; None without members. Turns were taken before the anchor, too."""
    if not members:
        return None
    number = (now - anchor) // length
    begins = anchor + number * length
    return Turn(members[number % len(members)], begins, begins + length)


def duty(rota: Rota, now: datetime) -> Turn | None:
    """Return who is on call by the rota, a stand-in before the one whose turn it is."""
    turn = turn_at(rota.members, rota.anchor, timedelta(hours=rota.turn_h), now)
    until = rota.stand_in_until
    if rota.stand_in is not None and until is not None and now < until:
        return Turn(rota.stand_in, now, until)
    return turn


async def on_call(session: AsyncSession, now: datetime) -> list[int]:
    """Return everybody who is on call now."""
    rotas = await session.scalars(select(Rota).order_by(Rota.id))
    return list(dict.fromkeys(turn.user_id for rota in rotas if (turn := duty(rota, now)) is not None))
