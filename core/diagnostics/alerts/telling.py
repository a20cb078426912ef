"""When people are told of a group of alarms, pure: early, once, and again only for a reason.

Alarms of one machine that come while others last are one group and one message (Prometheus Alertmanager's group_wait,
group_interval, repeat_interval). A change edits that message; this module decides when it is also worth a sound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from core.diagnostics.alerts.states import rank
from core.diagnostics.models import Severity

_REPEAT = MappingProxyType({Severity.CRITICAL: timedelta(minutes=30), Severity.WARNING: timedelta(hours=4)})


class Reason(StrEnum):
    """Why people are told now."""

    FIRST = "first"
    WORSE = "worse"
    JOINED = "joined"
    REPEAT = "repeat"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long alarms of one machine are gathered, at first and at most, and how often people are reminded.

    A severity without an entry in `repeat` is never repeated.
    """

    group_wait: timedelta = timedelta(seconds=0.3)
    group_interval: timedelta = timedelta(minutes=5)
    group_longest: timedelta = timedelta(hours=12)
    repeat: Mapping[Severity, timedelta] = field(default_factory=lambda: _REPEAT)


@dataclass(frozen=True, slots=True)
class Member:
    """A loud alarm (active and not suppressed) of a group. `told`: as how bad people know it; None: not at all."""

    severity: Severity
    acknowledged: bool
    told: Severity | None


def next_telling(
    opened_at: datetime,
    told_at: datetime | None,
    loud: Sequence[Member],
    known: Sequence[Severity],
    rhythm: Rhythm,
) -> tuple[datetime, Reason] | None:
    """Return when people are to be told next, and why; None where nothing is left to tell. Past times mean now.

    `known`: what they were told of the group's active alarms, loud or not: what an alarm that is louder now explains
    was no secret.
    """
    if not loud:
        return None
    if told_at is None:
        return opened_at + rhythm.group_wait, Reason.FIRST
    worst_known = max(map(rank, known), default=-1)
    if any(_is_worse(member, worst_known) for member in loud):
        return told_at, Reason.WORSE
    if any(member.told is None for member in loud):
        return told_at + rhythm.group_interval, Reason.JOINED
    waiting = [member.severity for member in loud if not member.acknowledged]
    pauses = [rhythm.repeat[severity] for severity in waiting if severity in rhythm.repeat]
    return (told_at + min(pauses), Reason.REPEAT) if pauses else None


def joins(opened_at: datetime, now: datetime, rhythm: Rhythm) -> bool:
    """Tell whether an alarm that comes now still belongs to the group that opened at `opened_at` and is not over."""
    return now - opened_at <= rhythm.group_longest


def _is_worse(member: Member, known: int) -> bool:
    """Tell whether an alarm grew worse than it was told, or came worse than all that was told."""
    if member.told is None:
        return rank(member.severity) > known
    return rank(member.severity) > rank(member.told)
