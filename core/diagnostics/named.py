"""Stretches of time that have names: shifts, weekends, this week and the one before, a day some days ago."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.diagnostics.periods import COUNT, FutureWindowError, counted

SHIFT_STARTS = (time(6), time(14), time(22))
"""Of whoever told no shift of their own: three shifts, as plants have them, local time."""
_FLAGS = re.IGNORECASE
_SHIFT_WORD = r"(?:shift|смен[аыуеой]+)"
_BEFORE = r"last|previous|past|прошл\w+|предыдущ\w+|последн\w+|прошедш\w+|минувш\w+|крайн\w+|вчерашн\w+"
_WHICH = (
    ("night|ночн\\w+|трет\\w+", 2),
    ("morning|early|утренн\\w+|перв\\w+", 0),
    ("evening|afternoon|late|вечерн\\w+|втор\\w+", 1),
)
"""Shifts by their names; the numbers are places in `SHIFT_STARTS`."""
_SHIFT = re.compile(
    r"(?:\b(?:since|from|for|over|during|on|in|за|в|во|со|с|на|во время|в течение)\s+)?"
    r"(?:\b(?:the\s+)?(?:start|beginning)\s+of\s+|\bначала\s+)?(?:\bthe\s+)?"
    rf"(?:\b(?:(?P<before>{_BEFORE})|this|current|эт\w+|текущ\w+)\s+)?"
    rf"(?:\b(?P<which>{'|'.join(words for words, _ in _WHICH)})\s+)?\b{_SHIFT_WORD}\b",
    _FLAGS,
)
_WEEKEND = re.compile(
    r"(?:\b(?:on|over|for|at|during|за|в|на)\s+)?(?:\b(?:the|this|last|past|эт\w+|прошл\w+|последн\w+|прошедш\w+)\s+)*"
    r"\b(?:weekend|выходн(?:ые|ых|ым|ыми))\b",
    _FLAGS,
)
_AGO = re.compile(
    rf"\b(?:(?:(?P<count>{COUNT})\s*|an?\s+)?(?P<unit>days?|weeks?|день|дня|дней|недел[юиь]|недель))\s+(?:ago|назад)\b",
    _FLAGS,
)
_CALENDAR = re.compile(
    r"(?:\b(?:since|from)\s+the\s+(?:beginning|start)\s+of\s+(?:the|this)|\bthis"
    r"|\bсо?\s+начала(?:\s+эт\w+)?|\b(?:за|на|во?)\s+(?:эт\w+|текущ\w+)"
    r"|(?P<before>\b(?:(?:for|in)\s+)?(?:the\s+)?previous|\b(?:на\s+|в\s+)?(?<!за )прошл\w+))"
    r"\s+(?:(?P<week>week|недел[иеюя])|(?P<month>month|месяца?|месяце)|(?P<year>year|года?|году))\b",
    _FLAGS,
)
_TO_COME = re.compile(
    r"\b(?:tomorrow|завтра|послезавтра|(?:next|следующ\w+|будущ\w+)\s+"
    r"(?:week|month|year|shift|weekend|hours?|days?|недел\w+|месяц\w*|год\w*|смен\w+|выходн\w+|час\w*|дн\w+))\b",
    _FLAGS,
)


@dataclass(frozen=True, slots=True)
class Named:
    """From `begin` to `end`, local times; `match`: the words."""

    begin: datetime
    end: datetime
    match: re.Match[str]


def find_named(sentence: str, now: datetime) -> Named | None:
    """Return the stretch of time that a sentence calls by its name; None where it names none. `now` is local.

    Raises:
        FutureWindowError: it is to come: "tomorrow", "на следующей неделе".
    """
    if match := _TO_COME.search(sentence):
        raise FutureWindowError(f"to come: {match[0]!r}", period=match[0])
    for find in (_shift, _weekend, _ago, _calendar):
        if found := find(sentence, now):
            return found
    return None


def _shift(sentence: str, now: datetime) -> Named | None:
    """Take this shift, up to now, or the last that is over; one called by its name is the last that has begun."""
    if (match := _SHIFT.search(sentence)) is None:
        return None
    days = [now.date() - timedelta(days=ago) for ago in (2, 1, 0)]
    starts = [datetime.combine(day, start, now.tzinfo) for day in days for start in SHIFT_STARTS]
    begun = [n for n, start in enumerate(starts) if start <= now]
    if match["which"]:
        kind = next(n for words, n in _WHICH if re.fullmatch(words, match["which"], _FLAGS))
        begun = [n for n in begun if n % len(SHIFT_STARTS) == kind]
        return Named(starts[begun[-1]], _shift_end(starts, begun[-1], now), match)
    number = begun[-2] if match["before"] else begun[-1]
    return Named(starts[number], _shift_end(starts, number, now), match)


def _shift_end(starts: list[datetime], number: int, now: datetime) -> datetime:
    return min(starts[number + 1], now) if number + 1 < len(starts) else now


def _weekend(sentence: str, now: datetime) -> Named | None:
    """Take the last Saturday and Sunday, as far as they have come."""
    if (match := _WEEKEND.search(sentence)) is None:
        return None
    saturday = now.date() - timedelta(days=(now.weekday() - 5) % 7)
    return _days(saturday, 2, now, match)


def _ago(sentence: str, now: datetime) -> Named | None:
    """Take the one day that was so long ago."""
    if (match := _AGO.search(sentence)) is None:
        return None
    count = counted(match["count"]) if match["count"] else 1
    days = count * (7 if match["unit"].lower().startswith(("week", "недел")) else 1)
    if days != int(days) or days > now.toordinal() - 1:
        return None
    return _days(now.date() - timedelta(days=int(days)), 1, now, match)


def _calendar(sentence: str, now: datetime) -> Named | None:
    """Read "this week", "с начала месяца", "на прошлой неделе"."""
    if (match := _CALENDAR.search(sentence)) is None:
        return None
    today = now.date()
    if match["week"]:
        first = today - timedelta(days=today.weekday())
    else:
        first = today.replace(day=1) if match["month"] else today.replace(month=1, day=1)
    if match["before"] is None:
        return Named(_midnight(first, now), now, match)
    last = first - timedelta(days=1)
    if match["week"]:
        before = first - timedelta(days=7)
    else:
        before = last.replace(day=1) if match["month"] else last.replace(month=1, day=1)
    return Named(_midnight(before, now), _midnight(first, now), match)


def _days(first: date, count: int, now: datetime, match: re.Match[str]) -> Named:
    return Named(_midnight(first, now), min(_midnight(first + timedelta(days=count), now), now), match)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
