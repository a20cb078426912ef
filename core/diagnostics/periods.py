"""Spans of time as engineers write them, in English and Russian: "24h", "7d", "3 дня", "сутки", "week"."""

import re
from datetime import timedelta

from core.errors import BadInputError

HOUR, DAY, WEEK, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30)
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=366)

_ONE = {
    "hour": HOUR, "day": DAY, "week": WEEK, "month": MONTH,
    "час": HOUR, "день": DAY, "сутки": DAY, "неделя": WEEK, "неделю": WEEK, "месяц": MONTH,
}  # fmt: skip
_MANY = {
    "min": timedelta(minutes=1), "minutes": timedelta(minutes=1), "мин": timedelta(minutes=1),
    "минут": timedelta(minutes=1), "h": HOUR, "hours": HOUR, "ч": HOUR, "часа": HOUR, "часов": HOUR,
    "d": DAY, "days": DAY, "д": DAY, "дн": DAY, "дня": DAY, "дней": DAY, "суток": DAY,
    "w": WEEK, "weeks": WEEK, "н": WEEK, "недели": WEEK, "недель": WEEK,
    "months": MONTH, "мес": MONTH, "месяца": MONTH, "месяцев": MONTH,
}  # fmt: skip
_COUNTED = re.compile(r"(\d{1,4})\s*([a-zа-я]+)\.?")
_IN_A_SENTENCE = re.compile(
    r"\b(?:(?:(?:over|for|in|during)\s+)?(?:the\s+)?(?:last|past)|за(?: (?:последн|прошл|эт)\w+)?)"
    r"\s+((?:\d{1,4}\s*)?[a-zа-я]+)",
    re.IGNORECASE,
)


class BadPeriodError(BadInputError):
    """The period is not one that can be read, or it is too short or too long."""

    key = "sensors-bad-period"


def parse_period(text: str) -> timedelta:
    """Read a period.

    Raises:
        BadPeriodError: not a period, or outside 10 minutes to 366 days.
    """
    period = _read(text)
    if period is None or not SHORTEST <= period <= LONGEST:
        raise BadPeriodError(f"not a usable period: {text[:40]!r}", period=text[:40])
    return period


def split_request(request: str) -> tuple[str, timedelta | None]:
    """Split "press 2 7d" or "пресс за 3 дня" into the machine ("" if not named) and the period (None if not named).

    Raises:
        BadPeriodError: the period is outside 10 minutes to 366 days.
    """
    words = request.split()
    for count in (2, 1):
        tail = " ".join(words[-count:])
        if len(words) >= count and _read(tail) is not None:
            machine = words[:-count]
            while machine and machine[-1].lower() in {"за", "for", "last"}:
                machine.pop()
            return " ".join(machine), parse_period(tail)
    return " ".join(words), None


def find_period(sentence: str) -> timedelta | None:
    """Return the period that a sentence speaks of, "over the last 3 days", "за неделю"; None where there is none."""
    found = locate_period(sentence)
    return found[0] if found else None


def locate_period(sentence: str) -> tuple[timedelta, re.Match[str]] | None:
    """Return the period that a sentence speaks of, and where."""
    for match in _IN_A_SENTENCE.finditer(sentence):
        period = _read(match[1])
        if period is not None and SHORTEST <= period <= LONGEST:
            return period, match
    return None


def _read(text: str) -> timedelta | None:
    word = text.strip().lower()
    if word in _ONE:
        return _ONE[word]
    if (counted := _COUNTED.fullmatch(word)) is None:
        return None
    number, unit = int(counted[1]), counted[2]
    length = _MANY.get(unit) or (_ONE.get(unit) if number == 1 else None)
    return number * length if length else None
