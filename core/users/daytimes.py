"""Stretches of the day that come back every day: quiet hours and shifts, as people type them."""

import re
from dataclasses import dataclass
from datetime import time

from core.errors import BadInputError

_TYPED = re.compile(
    r"(?:from|с|со)?\s*(?P<h1>\d{1,2})(?:[:.](?P<m1>[0-5]\d))?\s*(?:-|–|—|to|till|until|до|по)\s*"
    r"(?P<h2>\d{1,2})(?:[:.](?P<m2>[0-5]\d))?",
    re.IGNORECASE,
)
_LAST_HOUR = 24


class BadHoursError(BadInputError):
    """Not two different times of day."""

    key = "settings-bad-hours"


@dataclass(frozen=True, slots=True)
class DayHours:
    """From `begin` to `end`, local time; an end before the begin is of the next day."""

    begin: time
    end: time

    def __str__(self) -> str:
        """Write it as `parse_hours` reads it."""
        return f"{self.begin:%H:%M}–{self.end:%H:%M}"


def parse_hours(words: str) -> DayHours:
    """Read "22:00-7:00", "22-7", "с 22 до 7:30".

    Raises:
        BadHoursError: it is none of these, or both times are the same.
    """
    found = _TYPED.fullmatch(words.strip())
    if found is None or max(int(found["h1"]), int(found["h2"])) > _LAST_HOUR:
        raise BadHoursError
    begin, end = _time(found, "1"), _time(found, "2")
    if begin is None or end is None or begin == end:
        raise BadHoursError
    return DayHours(begin, end)


def _time(found: re.Match[str], which: str) -> time | None:
    hour, minute = int(found[f"h{which}"]), int(found[f"m{which}"] or 0)
    if hour == _LAST_HOUR:
        return time(0) if minute == 0 else None
    return time(hour, minute)
