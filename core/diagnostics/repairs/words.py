"""What people type about a repair: a cause or a part on one line, and how long it took."""

import re
from datetime import timedelta

from core.diagnostics.periods import read_span
from core.diagnostics.repairs.models import LONGEST_WORDS
from core.errors import BadInputError
from core.text import visible

LONGEST_WORK = timedelta(days=30)
_CLOCK = re.compile(r"(\d{1,3}):(\d\d)")
_PARTS = re.compile(r"(?<=[^\W\d_])\.?\s*(?=\d)")
"""Between "1 h" and "30 min"."""


class RepairWordsError(BadInputError):
    """A cause or a part is named in 1 to 200 characters."""

    key = "repair-words"


class WorkTooLongError(BadInputError):
    """Work takes from a minute to 30 days."""

    key = "repair-work"


def one_line(said: str) -> str:
    """Return a cause or a part on one line.

    Raises:
        RepairWordsError: it is too long.
    """
    said = "".join(filter(str.isprintable, " ".join(visible(said).split())))
    if len(said) > LONGEST_WORDS:
        raise RepairWordsError(limit=LONGEST_WORDS)
    return said


def work(minutes: int | None) -> int | None:
    """Return the minutes of work.

    Raises:
        WorkTooLongError: not between a minute and 30 days.
    """
    if minutes is not None and not 1 <= minutes <= LONGEST_WORK / timedelta(minutes=1):
        raise WorkTooLongError(days=LONGEST_WORK.days)
    return minutes


def read_work(said: str) -> int:
    """Read how long the work took, in minutes: "45", "1:30", "2 h", "1 h 30 min", "полтора часа".

    Raises:
        WorkTooLongError: it can't be read, or is not between a minute and 30 days.
    """
    written = " ".join(visible(said).lower().split())
    if written.isdecimal():
        return work(int(written[:9])) or 0
    if clock := _CLOCK.fullmatch(written):
        return work(60 * int(clock[1]) + int(clock[2])) or 0
    spans = [read_span(part) for part in _PARTS.split(written)]
    known = [span for span in spans if span is not None]
    return work(round(sum(known, timedelta()) / timedelta(minutes=1)) if len(known) == len(spans) else 0) or 0
