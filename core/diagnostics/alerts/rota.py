"""Who is on call: members of a rota take turns; a hand-over lets somebody else take the rest of a turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.models import Rota


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's turn, or what is left of it."""

    user_id: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call now, who comes after, and whose turn it is by the rota: a stand-in may have taken it over."""

    now: Turn
    then: Turn
    regular: Turn

    @property
    def mark(self) -> int:
        """What a button carries of it, 32 bits: another where somebody else is on call, or until another time."""
        return crc32(f"{self.now.user_id} {self.now.ends.isoformat()}".encode())


def turn_at(members: Sequence[int], anchor: datetime, length: timedelta, now: datetime, zone: ZoneInfo) -> Turn | None:
    """Return whose turn it is; None without members. Turns were taken before the anchor, too.

    Turns change at the same time of the plant's day all year: the one over a change of clocks is longer or shorter.
    """
    if not members:
        return None
    start = _wall(anchor, zone)

    def begin(number: int) -> datetime:
        return (start + number * length).replace(tzinfo=zone).astimezone(UTC)

    number = (_wall(now, zone) - start) // length
    while begin(number) > now:
        number -= 1
    while begin(number + 1) <= now:
        number += 1
    return Turn(members[number % len(members)], begin(number), begin(number + 1))


def duty_of(rota: Rota, now: datetime, zone: ZoneInfo) -> Duty | None:
    """Return who is on call by the rota, a stand-in before the one whose turn it is; None without members."""
    length = timedelta(hours=rota.turn_h)
    regular = turn_at(rota.members, rota.anchor, length, now, zone)
    if regular is None:
        return None
    current, until = regular, rota.stand_in_until
    if rota.stand_in is not None and until is not None and now < until:
        current = Turn(rota.stand_in, now, until.astimezone(UTC))
    following = turn_at(rota.members, rota.anchor, length, current.ends, zone) or regular
    return Duty(current, Turn(following.user_id, current.ends, following.ends), regular)


def just_begun(rota: Rota, now: datetime, zone: ZoneInfo, within: timedelta) -> Turn | None:
    """Return the turn that began within that time, or was given back by a stand-in, if it is another's than before.

    Who stands in was told when they took the call.
    """
    duty = duty_of(rota, now, zone)
    if duty is None or duty.now != duty.regular:
        return None
    before = duty_of(rota, now - within, zone)
    if before is None or before.now.user_id == duty.now.user_id:
        return None
    given_back = rota.stand_in_until
    begins = duty.now.begins if given_back is None or given_back > now else max(duty.now.begins, given_back)
    return Turn(duty.now.user_id, begins, duty.now.ends)


async def on_call(session: AsyncSession, now: datetime, zone: ZoneInfo) -> list[int]:
    """Return everybody who is on call now."""
    rotas = await session.scalars(select(Rota).order_by(Rota.id))
    found = (duty_of(rota, now, zone) for rota in rotas)
    return list(dict.fromkeys(duty.now.user_id for duty in found if duty is not None))


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
