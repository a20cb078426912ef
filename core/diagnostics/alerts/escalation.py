"""Calling further people while nobody acknowledges: wait, next person or role, again; in working hours or always."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.alerts.book import Book
from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.alerts.models import Alarm, AlarmGroup, EscalationChain
from core.diagnostics.alerts.rota import on_call
from core.diagnostics.alerts.telephone import Telephone
from core.diagnostics.models import Severity
from core.users.models import MEMBERS, Role, User
from core.users.scope import Scope

ON_CALL = "oncall"
ROLE = "role:"


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
"""What counts where nobody wrote a chain: a critical alarm does not end with somebody who sleeps."""


class Escalation:
    """Starts, advances and stops the chains of groups. All of its state is in the groups' rows."""

    def __init__(self, telephone: Telephone, zone: ZoneInfo) -> None:
        self._telephone = telephone
        self._zone = zone

    async def settle(self, book: Book, now: datetime) -> int:
        """Make the calls that are due; return how many messages were left."""
        chains: list[Chain] | None = None
        left = 0
        for group in book.groups.values():
            waiting = [a for a in book.members(group) if a.active and a.quiet is None and not a.acknowledged]
            if not waiting or group.told_at is None:
                group.escalate_at = None
                continue
            if group.escalate_at is not None and group.escalate_at > now:
                continue
            chains = chains if chains is not None else await load_chains(book.session)
            left += await self._advance(book, group, chain_for(chains, _labels(book, waiting)), now)
        return left

    async def _advance(self, book: Book, group: AlarmGroup, chain: Chain | None, now: datetime) -> int:
        if chain is None:
            group.escalate_at = None
            return 0
        left = 0
        if group.escalate_at is not None and group.escalation_step < len(chain.calls):
            call = chain.calls[group.escalation_step]
            group.escalation_step += 1
            left = await self._telephone.call(book, group, await self._chats(book, group, call.whom, now), now)
            for alarm in book.members(group):
                book.journal(alarm, "escalated", now, call=call.whom, step=group.escalation_step)
        group.escalate_at = chain.next_at(group.escalation_step, now, self._zone)
        return left

    async def _chats(self, book: Book, group: AlarmGroup, whom: str, now: datetime) -> list[int]:
        """Return whom a step calls; nobody on call is no reason to call nobody: then it is the admins."""
        place = book.systems[group.system_id]
        members = select(User).where(User.role.in_(MEMBERS), User.reachable).order_by(User.id)
        able = [user for user in await book.session.scalars(members) if Scope.load(user.scope).covers(place)]
        if whom == ON_CALL:
            duty = set(await on_call(book.session, now, self._zone))
            if found := [user.id for user in able if user.id in duty]:
                return found
        if whom.isdigit():
            return [user.id for user in able if user.id == int(whom)]
        role = Role.ADMIN if whom == ON_CALL else Role(whom.removeprefix(ROLE))
        return [user.id for user in able if user.role == role]


def chain_for(chains: Sequence[Chain], alarms: Sequence[Labels]) -> Chain | None:
    """Return the first chain that is meant for one of `alarms`."""
    return next((chain for chain in chains if any(map(chain.matcher.matches, alarms))), None)


async def load_chains(session: AsyncSession) -> list[Chain]:
    """Return the chains in their order; the usual one where there are none."""
    rows = await session.scalars(select(EscalationChain).order_by(EscalationChain.position, EscalationChain.id))
    return [_chain(row) for row in rows] or [USUAL]


def _chain(row: EscalationChain) -> Chain:
    calls = tuple(Call(timedelta(minutes=step["wait_min"]), str(step["call"])) for step in row.steps)
    hours = None
    if row.hours_from is not None and row.hours_to is not None:
        hours = QuietHours(row.hours_from, row.hours_to)
    return Chain(Matcher.from_json(row.matcher), calls, hours)


def _labels(book: Book, alarms: Sequence[Alarm]) -> list[Labels]:
    return [book.labels(alarm) for alarm in alarms]
