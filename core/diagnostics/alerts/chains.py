"""Chains of calls: whom to call in turn, after which waits, in which hours, for which alarms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.alerts.models import EscalationChain
from core.diagnostics.alerts.rota import on_call
from core.diagnostics.models import Severity
from core.errors import BadInputError
from core.users.models import MEMBERS, Role, User
from core.users.scope import Place, Scope

ON_CALL = "oncall"
ROLE = "role:"
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|—)\s*(\d{1,2})(?::(\d{2}))?")
_DAY = 24 * 60


class WorkingHoursError(BadInputError):
    """Hours of the day from one time to another: `08:00-17:00`, over midnight `22-6`."""

    key = "error-chain-hours"


@dataclass(frozen=True, slots=True)
class Call:
    """A step: after `wait` without an acknowledgment, call somebody: "oncall", "role:admin" or a user's id."""

    wait: timedelta
    whom: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls in turn. With `hours` it only calls in these hours of the day: what falls between waits for them."""

    matcher: Matcher
    calls: tuple[Call, ...]
    hours: QuietHours | None = None

    def next_at(self, step: int, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the call after `step` calls is made; None after the last."""
        if step >= len(self.calls):
            return None
        at = now + self.calls[step].wait
        if self.hours is None:
            return at
        closed = QuietHours(self.hours.ends, self.hours.begins)
        return closed.until(at, zone) or at


USUAL = Chain(
    Matcher(at_least=Severity.CRITICAL),
    (Call(timedelta(minutes=10), ON_CALL), Call(timedelta(minutes=20), f"{ROLE}{Role.ADMIN}")),
)
"""The default chain, for what no chain is written for: a critical alarm does not end with somebody who sleeps."""


def chain_for(chains: Sequence[Chain], alarms: Sequence[Labels]) -> Chain | None:
    """Return the first chain that is meant for one of `alarms`."""
    return next((chain for chain in chains if any(map(chain.matcher.matches, alarms))), None)


def read_hours(words: str) -> QuietHours:
    """Read hours of the day.

    Raises:
        WorkingHoursError
    """
    match = _HOURS.fullmatch(words.strip())
    if match is None:
        raise WorkingHoursError
    first, first_minute, last, last_minute = (int(part or 0) for part in match.groups())
    begins, ends = first * 60 + first_minute, last * 60 + last_minute
    if max(first_minute, last_minute) > 59 or begins >= _DAY or ends > _DAY or begins == ends % _DAY:
        raise WorkingHoursError
    return QuietHours(begins, ends % _DAY)


async def load_chains(session: AsyncSession) -> list[Chain]:
    """Return the chains in their order, the usual one last."""
    rows = await session.scalars(select(EscalationChain).order_by(EscalationChain.position, EscalationChain.id))
    return [*map(read_chain, rows), USUAL]


def read_chain(row: EscalationChain) -> Chain:
    """Return the chain that a row keeps."""
    calls = tuple(Call(timedelta(minutes=step["wait_min"]), str(step["call"])) for step in row.steps)
    hours = None
    if row.hours_from is not None and row.hours_to is not None:
        hours = QuietHours(row.hours_from, row.hours_to)
    return Chain(Matcher.from_json(row.matcher), calls, hours)


async def reached(session: AsyncSession, place: Place, whom: str, now: datetime, zone: ZoneInfo) -> list[User]:
    """Return whom a step calls; nobody on call is no reason to call nobody: then it is the admins."""
    members = select(User).where(User.role.in_(MEMBERS), User.reachable).order_by(User.id)
    able = [user for user in await session.scalars(members) if Scope.load(user.scope).covers(place)]
    if whom == ON_CALL:
        duty = set(await on_call(session, now, zone))
        if found := [user for user in able if user.id in duty]:
            return found
    if whom.isdigit():
        return [user for user in able if user.id == int(whom)]
    role = Role.ADMIN if whom == ON_CALL else Role(whom.removeprefix(ROLE))
    return [user for user in able if user.role == role]
