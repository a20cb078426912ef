"""When a digest is due, and how far it looks back, pure.

Only the latest time that has come counts: after downtime there is one digest, which looks back to the one before it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.digests.models import DigestKind

DAILY_AT = time(8)
"""Local time of the daily digest; in quiet hours it waits for their end."""
DAY = timedelta(days=1)
LONGEST = timedelta(days=7)
"""A digest looks back no farther: what is older is history, which `/alerts` has."""
_MISSED = DAY + timedelta(hours=2)
"""A digest of a shift covers a day with its gaps (25 h at the end of summer time); older ones are missing."""
_ONE_IS_ENOUGH = timedelta(hours=3)
USUAL_SHIFTS = (time(6), time(14), time(22))
"""Beginnings of three shifts, as plants have them, for whoever told no shift of their own."""
_CHANGE = timedelta(hours=2)
"""How long before or after the hour a change of shifts may take place."""


@dataclass(frozen=True, slots=True)
class Routine:
    """A reader's day: local times, and since when they are a reader."""

    zone: ZoneInfo
    since: datetime
    shift_from: time | None = None
    shift_to: time | None = None
    quiet: QuietHours | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Tell whether the reader must not be disturbed now."""
        return self.quiet is not None and self.quiet.until(now, self.zone) is not None


@dataclass(frozen=True, slots=True)
class Due:
    """A digest of the time from `begin` on, whose own time was `at`."""

    kind: DigestKind
    at: datetime
    begin: datetime


def due(
    routine: Routine, now: datetime, covered: dict[DigestKind, datetime], unwanted: Collection[DigestKind] = ()
) -> Iterator[Due]:
    """Return the digests that are due. `covered`: the end of the last one of each kind.

    In quiet hours none is: it comes when they end.
    """
    if routine.is_quiet(now):
        return
    for kind in kinds(routine, unwanted):
        at, last = latest(kind, routine, now), covered.get(kind)
        if at > (last or routine.since):
            yield Due(kind, at, begin(kind, routine, at, last))


def kinds(routine: Routine, unwanted: Collection[DigestKind] = ()) -> list[DigestKind]:
    """Return which digests a reader gets. Where a shift begins in the morning, its digest is the day's, too."""
    wanted = [kind for kind in DigestKind if kind not in unwanted and _applies(kind, routine)]
    if len(wanted) > 1 and routine.shift_from is not None:
        apart = abs(_since_midnight(routine.shift_from) - _since_midnight(DAILY_AT))
        if apart <= _ONE_IS_ENOUGH:
            return [DigestKind.SHIFT]
    return wanted


def latest(kind: DigestKind, routine: Routine, now: datetime) -> datetime:
    """Return the last time at which a digest was due, `now` included, in UTC."""
    of_day = routine.shift_from if kind is DigestKind.SHIFT and routine.shift_from is not None else DAILY_AT
    today = now.astimezone(routine.zone).date()
    days = (today - DAY * ago for ago in range(3))
    moments = (_undisturbed(datetime.combine(day, of_day, routine.zone), routine) for day in days)
    return next(at for at in moments if at <= now)


def begin(kind: DigestKind, routine: Routine, at: datetime, covered: datetime | None) -> datetime:
    """Return how far the digest of `at` looks back: a day, or to the reader's last shift.

    `covered`: the end of the digest before it; where one is missing in between, this one looks back to there.
    """
    usual = at - DAY if kind is DigestKind.DAILY else _last_shift_end(routine, at)
    if covered is None:
        return usual
    whole = kind is DigestKind.DAILY or covered < at - _MISSED
    return max(covered if whole else max(usual, covered), at - LONGEST)


def shift_begin(zone: ZoneInfo, shift_from: time | None, now: datetime) -> datetime:
    """Return when the shift that is handed over now began: one that has just begun is the next one."""
    begins = USUAL_SHIFTS if shift_from is None else (shift_from,)
    return max(at for at in _around(zone, begins, now) if at <= now - _CHANGE)


def is_coming(zone: ZoneInfo, shift_from: time | None, now: datetime) -> bool:
    """Tell whether somebody comes on shift about now; who told no shift may be."""
    return shift_from is None or any(abs(at - now) <= _CHANGE for at in _around(zone, (shift_from,), now))


def _around(zone: ZoneInfo, moments: Collection[time], now: datetime) -> list[datetime]:
    """Return the `moments` from two days ago to tomorrow, in UTC."""
    today = now.astimezone(zone).date()
    days = (today - 2 * DAY, today - DAY, today, today + DAY)
    return [datetime.combine(day, moment, zone).astimezone(UTC) for day in days for moment in moments]


def _applies(kind: DigestKind, routine: Routine) -> bool:
    return kind is DigestKind.DAILY or routine.shift_from is not None


def _undisturbed(at: datetime, routine: Routine) -> datetime:
    moved = routine.quiet.until(at, routine.zone) if routine.quiet is not None else None
    return (moved or at).astimezone(UTC)


def _last_shift_end(routine: Routine, at: datetime) -> datetime:
    if routine.shift_to is None:
        return at - DAY
    today = at.astimezone(routine.zone).date()
    ends = (
        datetime.combine(day, routine.shift_to, routine.zone).astimezone(UTC)
        for day in (today, today - DAY, today - 2 * DAY)
    )
    return next(end for end in ends if end < at)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)
