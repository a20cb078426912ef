"""Why an alarm is kept quiet, pure: silenced by a person, under maintenance, or explained by another alarm.

A suppressed alarm is on record and in `/alerts`; nobody is called for it. When the reason ends and the alarm has not,
people are told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.diagnostics.alerts.matching import Labels, Matcher


class Quiet(StrEnum):
    """Why an alarm is quiet."""

    SILENCED = "silenced"  # ISA-18.2: shelved
    MAINTENANCE = "maintenance"  # ISA-18.2: out of service
    INHIBITED = "inhibited"  # ISA-18.2: suppressed by design


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which matching alarms are quiet: a silence or a maintenance window."""

    matcher: Matcher
    why: Quiet
    starts_at: datetime
    ends_at: datetime

    def covers(self, labels: Labels, now: datetime) -> bool:
        """Tell whether it keeps an alarm quiet now."""
        return self.starts_at <= now < self.ends_at and self.matcher.matches(labels)


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alarm like `source` is active on a machine, those like `target` on the same machine are its echo."""

    source: Matcher
    target: Matcher


def quiet_because(
    labels: Labels,
    now: datetime,
    windows: Iterable[Window],
    active: Sequence[Labels],
    inhibitions: Iterable[Inhibition],
) -> Quiet | None:
    """Return why an alarm is quiet now; None where it may speak. `active`: all active alarms of its machine."""
    found = {window.why for window in windows if window.covers(labels, now)}
    for why in (Quiet.MAINTENANCE, Quiet.SILENCED):
        if why in found:
            return why
    rules = [rule for rule in inhibitions if _may_mute(rule, labels)]  # most have none, and a storm brings thousands
    others = [other for other in active if other != labels and other.machine == labels.machine] if rules else []
    if any(rule.source.matches(other) for rule in rules for other in others):
        return Quiet.INHIBITED
    return None


def _may_mute(rule: Inhibition, labels: Labels) -> bool:
    """A rule whose source matches the alarm itself would let two alarms mute each other: such pairs are left alone."""
    return rule.target.matches(labels) and not rule.source.matches(labels)
