"""Spans of time as people write them in commands: "30d", "2 weeks", "90 дней", "default"."""

import re
from datetime import datetime, timedelta

from core.errors import BadInputError
from core.timescale.partitions import BadRangeError

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_UNITS = (
    (r"h|hours?|ч|час(?:а|ов)?", _HOUR),
    (r"d|days?|д|дн|день|дня|дней|сут(?:ки|ок)?", _DAY),
    (r"w|weeks?|н|нед(?:ел[яиью])?|недель", 7 * _DAY),
    (r"mon|months?|мес(?:яц(?:а|ев)?)?", 30 * _DAY),
    (r"y|years?|г|год(?:а|ов)?|лет", 365 * _DAY),
    (r"century|centuries|век(?:а|ов)?", 36525 * _DAY),
)
_SPAN = re.compile(r"(?P<count>[-+−]?\d{1,9}(?:[.,]\d{1,3})?)\s*(?P<unit>[a-zа-яё]+)\.?", re.IGNORECASE)


class BadSpanError(BadInputError):
    """This is no span of time."""

    key = "timescale-error-bad-span"


def read_span(words: str) -> timedelta:
    """Read a span. It may be negative or absurdly long: whoever uses it says what makes sense.

    Raises:
        BadSpanError: it is none.
    """
    match = _SPAN.fullmatch(words.strip())
    unit = match and next((length for name, length in _UNITS if re.fullmatch(name, match["unit"].lower())), None)
    if match is None or unit is None:
        raise BadSpanError(f"not a span of time: {words[:40]!r}", span=words[:40])
    try:
        return float(match["count"].replace(",", ".").replace("−", "-")) * unit
    except OverflowError:
        return timedelta.max


def split_span(words: str) -> tuple[str, timedelta | None]:
    """Split "sensor_data 30d" into what stands before the span, and the span (None where none is written)."""
    parts = words.split()
    for count in (2, 1):
        tail = " ".join(parts[-count:])
        if len(parts) >= count and _SPAN.fullmatch(tail) and _is_span(tail):
            return " ".join(parts[:-count]), read_span(tail)
    return words.strip(), None


def _is_span(words: str) -> bool:
    try:
        read_span(words)
    except BadSpanError:
        return False
    return True


def ago(now: datetime, span: timedelta) -> datetime:
    """Return the moment that lies `span` before `now`.

    Raises:
        BadRangeError: it lies in the future, or before all reckoning.
    """
    if span < timedelta(0):
        raise BadRangeError("the cut-off lies in the future")
    try:
        return now - span
    except OverflowError:
        raise BadRangeError(f"{span} is longer than time itself") from None
