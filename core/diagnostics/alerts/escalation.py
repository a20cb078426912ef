"""Calling further people while nobody acknowledges: wait, next person or role, again; in working hours or always."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from core.diagnostics.alerts.book import Book
from core.diagnostics.alerts.chains import Chain, chain_for, load_chains, reached
from core.diagnostics.alerts.matching import Labels
from core.diagnostics.alerts.models import Alarm, AlarmGroup
from core.diagnostics.alerts.telephone import Telephone


class Escalation:
    """Starts, advances and stops the chains of groups. All of its state is in the groups' rows."""

    def __init__(self, telephone: Telephone, zone: ZoneInfo) -> None:
        self._telephone = telephone
        self._zone = zone

    async def settle(self, book: Book, now: datetime) -> int:
        """Make the calls that are due; return how many messages were left."""
        chains: list[Chain] | None = None
        left = 0
        members = book.by_group()
        for group in book.groups.values():
            waiting = [a for a in members[group.id] if a.active and a.quiet is None and not a.acknowledged]
            if not waiting or group.told_at is None:
                group.escalate_at = None
                continue
            if group.escalate_at is not None and group.escalate_at > now:
                continue
            chains = chains if chains is not None else await load_chains(book.session)
            chain = chain_for(chains, _labels(book, waiting))
            left += await self._advance(book, group, members[group.id], chain, now)
        return left

    async def _advance(
        self, book: Book, group: AlarmGroup, members: Sequence[Alarm], chain: Chain | None, now: datetime
    ) -> int:
        if chain is None:
            group.escalate_at = None
            return 0
        left = 0
        if group.escalate_at is not None and group.escalation_step < len(chain.calls):
            call = chain.calls[group.escalation_step]
            group.escalation_step += 1
            place = book.systems[group.system_id]
            called = await reached(book.session, place, call.whom, now, self._zone)
            left = await self._telephone.call(book, group, [user.id for user in called], now)
            for alarm in members:
                book.journal(alarm, "escalated", now, call=call.whom, step=group.escalation_step)
        group.escalate_at = chain.next_at(group.escalation_step, now, self._zone)
        return left


def _labels(book: Book, alarms: Sequence[Alarm]) -> list[Labels]:
    return [book.labels(alarm) for alarm in alarms]
