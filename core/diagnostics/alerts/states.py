"""One alarm's life, pure: what a finding, a person or the passing of time makes of it.

States and words after ISA-18.2 / IEC 62682: active or cleared, acknowledged or not; a worse severity needs a new
acknowledgment; an alarm that comes and goes is chattering (here: flapping) and counts as one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.diagnostics.models import Severity

_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_RAISES_KEPT = 20


def rank(severity: str) -> int:
    """Return how bad `severity` is, to compare with."""
    return _RANKS[Severity(severity)]


class Change(StrEnum):
    """What happened to an alarm; the journal's words."""

    RAISED = "raised"
    WORSENED = "worsened"
    EASED = "eased"
    FLAPPING = "flapping"
    CLEARED = "cleared"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the book of alarms is.

    ISA-18.2 (table 8) recommends an off-delay of a minute for pressure and temperature; three or more alarms of a point
    within a minute are its measure of chattering, which our detectors' own durations stretch to half an hour.
    """

    clear_delay: timedelta = timedelta(minutes=1)
    reopen_within: timedelta = timedelta(minutes=5)
    flap_raises: int = 4
    flap_window: timedelta = timedelta(minutes=30)
    flap_release: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm. `raises` are the moments it came (the latest last); times are those of the readings.

    `normal_since`: its condition is over, but not for long enough to believe it.
    """

    severity: Severity
    peak: Severity
    raised_at: datetime
    seen_at: datetime
    raises: tuple[datetime, ...]
    active: bool = True
    acknowledged: bool = False
    normal_since: datetime | None = None
    cleared_at: datetime | None = None
    flapping: bool = False

    @property
    def duration(self) -> timedelta | None:
        """How long it lasted; None while it lasts."""
        return None if self.cleared_at is None else self.cleared_at - self.raised_at


@dataclass(frozen=True, slots=True)
class Step:
    """What became of an alarm, and what there is to tell."""

    alarm: AlarmState | None
    changes: tuple[Change, ...] = ()


def observe(alarm: AlarmState | None, severity: Severity | None, at: datetime, policy: Policy) -> Step:
    """Take a finding: `severity`, or None for normal. One older than the last is history, and changes nothing."""
    if alarm is not None and at < alarm.seen_at:
        return Step(alarm)
    if alarm is None or (not alarm.active and not can_reopen(alarm, at, policy)):
        return Step(alarm) if severity is None else _raise(severity, at)
    seen = replace(alarm, seen_at=at)
    if severity is None:
        return Step(replace(seen, normal_since=seen.normal_since or at) if seen.active else seen)
    if not seen.active:
        reopened = replace(seen, active=True, cleared_at=None, normal_since=None, severity=severity)
        return _again(replace(reopened, peak=worst(seen.peak, severity)), at, policy, seen, (Change.REOPENED,))
    if seen.normal_since is not None:
        return _again(replace(seen, normal_since=None), at, policy, seen, (), severity)
    return _weigh(seen, severity, ())


def pass_time(alarm: AlarmState, now: datetime, policy: Policy) -> Step:
    """Believe that it is over when it has been normal for long enough; the end is when it became normal."""
    since = alarm.normal_since
    delay = policy.flap_release if alarm.flapping else policy.clear_delay
    if not alarm.active or since is None or now - since < delay:
        return Step(alarm)
    return Step(replace(alarm, active=False, cleared_at=since, normal_since=None, flapping=False), (Change.CLEARED,))


def acknowledge(alarm: AlarmState) -> AlarmState:
    """Note that somebody has seen it and takes it on."""
    return replace(alarm, acknowledged=True)


def can_reopen(alarm: AlarmState, at: datetime, policy: Policy) -> bool:
    """Tell whether a new finding at `at` is the same alarm again rather than another one."""
    return alarm.cleared_at is not None and at - alarm.cleared_at <= policy.reopen_within


def worst(one: Severity, other: Severity) -> Severity:
    """Return the worse of two severities."""
    return max(one, other, key=rank)


def _raise(severity: Severity, at: datetime) -> Step:
    return Step(AlarmState(severity, severity, at, at, (at,)), (Change.RAISED,))


def _again(
    alarm: AlarmState,
    at: datetime,
    policy: Policy,
    before: AlarmState,
    changes: tuple[Change, ...],
    severity: Severity | None = None,
) -> Step:
    """Count one more coming; too many within the window are one flapping alarm."""
    raises = (*alarm.raises, at)[-_RAISES_KEPT:]
    recent = sum(at - moment <= policy.flap_window for moment in raises)
    flaps = alarm.flapping or recent >= policy.flap_raises
    if flaps and not alarm.flapping:
        changes = (*changes, Change.FLAPPING)
    counted = replace(alarm, raises=raises, flapping=flaps)
    if severity is not None:
        return _weigh(counted, severity, changes)
    if rank(alarm.severity) > rank(before.peak):
        return Step(replace(counted, acknowledged=False), (*changes, Change.WORSENED))
    return Step(counted, changes)


def _weigh(alarm: AlarmState, severity: Severity, changes: tuple[Change, ...]) -> Step:
    """Follow the severity: worse asks for a new acknowledgment, milder keeps the old one."""
    if rank(severity) == rank(alarm.severity):
        return Step(alarm, changes)
    if rank(severity) < rank(alarm.severity):
        return Step(replace(alarm, severity=severity), (*changes, Change.EASED))
    worse = replace(alarm, severity=severity, peak=worst(alarm.peak, severity))
    # Back to a severity that was acknowledged before is nothing new.
    if rank(severity) <= rank(alarm.peak):
        return Step(worse, changes)
    return Step(replace(worse, acknowledged=False), (*changes, Change.WORSENED))
