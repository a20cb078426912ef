"""Spans of time as engineers write them, in English and Russian: "24h", "7d", "3 дня", "сутки", "week"."""

import re
from datetime import timedelta

from core.errors import BadInputError

HOUR, DAY, WEEK, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30)
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=366)

YEAR = timedelta(days=365)
_WORD_LETTERS = 5
_ONE = {
    "hour": HOUR, "day": DAY, "fortnight": 2 * WEEK, "week": WEEK, "month": MONTH, "year": YEAR,
    "час": HOUR, "день": DAY, "сутки": DAY, "неделя": WEEK, "неделю": WEEK, "месяц": MONTH, "год": YEAR,
    "полчаса": HOUR / 2, "полдня": DAY / 2, "полгода": YEAR / 2, "квартал": 3 * MONTH,
    "quarter": 3 * MONTH,
}  # fmt: skip
_MANY = {
    "min": timedelta(minutes=1), "minutes": timedelta(minutes=1), "мин": timedelta(minutes=1),
    "минут": timedelta(minutes=1), "h": HOUR, "hours": HOUR, "ч": HOUR, "часа": HOUR, "часов": HOUR,
    "d": DAY, "days": DAY, "д": DAY, "дн": DAY, "дня": DAY, "дней": DAY, "суток": DAY,
    "w": WEEK, "weeks": WEEK, "н": WEEK, "недели": WEEK, "недель": WEEK,
    "months": MONTH, "мес": MONTH, "месяца": MONTH, "месяцев": MONTH, "years": YEAR, "года": YEAR, "лет": YEAR,
}  # fmt: skip
_NUMBERS = {
    "quarter of an": 0.25, "half an": 0.5, "a couple of": 2, "couple of": 2, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "ten": 10, "twelve": 12,
    "четверть": 0.25, "полтора": 1.5, "полторы": 1.5, "полутора": 1.5,
    "пару": 2, "два": 2, "две": 2, "двое": 2, "три": 3, "трое": 3, "четыре": 4, "пять": 5, "шесть": 6,
    "семь": 7, "восемь": 8, "десять": 10, "двенадцать": 12,
}  # fmt: skip
_WORDS = "|".join(_NUMBERS)
_DECIMAL = r"\d{1,4}(?:[.,]\d{1,2})?"
COUNT = rf"{_DECIMAL}|(?:{_WORDS})(?=\s)"
"""The pattern of a number in digits or words."""
UNITS = "|".join((*_MANY, *_ONE))
"""The pattern of a unit of time."""
_COUNTED = re.compile(rf"({COUNT})\s*([a-zа-я]+)\.?")
_RECENT = r"(?:последн|прошедш|минувш|крайн)\w+"
_IN_A_SENTENCE = re.compile(
    r"\b(?:(?:(?:over|for|in|during|within)\s+)?(?:the\s+)?(?:last|past)"
    rf"|(?:за|в течение)(?: (?:{_RECENT}|(?:прошл|эт)\w+))?|{_RECENT})"
    rf"\s+((?:{_DECIMAL}\s*|(?:{_WORDS})\s+)?[a-zа-я]+)",
    re.IGNORECASE,
)
_LONG_UNITS = "|".join(unit for unit in _MANY if len(unit) > 1)
_LETTERS = "".join(unit for unit in _MANY if len(unit) == 1)
_ONES = "|".join(_ONE)
_BARE = re.compile(
    rf"(?:\b(?:for|over)\s+)?(?<![\w-])(?<!\d[.,])({_DECIMAL}\s*(?:{_LONG_UNITS})|\d{{1,4}}[{_LETTERS}]|1\s*(?:{_ONES})"
    rf"|(?:{_WORDS})\s+[a-zа-я]+)\b"
    rf"|(?:\b(?:for|over)\s+(?:an?\s+)?)?\b({_ONES})\b(?=\W*$)",
    re.IGNORECASE,
)
"""Without a word before it a period is one where a number counts it, "vibration 24h", or it ends the sentence."""


class BadPeriodError(BadInputError):
    """The period is not one that can be read, or can't be used."""

    key = "sensors-bad-period"


class NoSuchDateError(BadPeriodError):
    """No calendar has that day, or no clock that time."""

    key = "sensors-no-such-date"


class FutureWindowError(BadPeriodError):
    """There are no readings of what is to come."""

    key = "sensors-future-window"


class ReversedWindowError(BadPeriodError):
    """It ends before it begins."""

    key = "sensors-reversed-window"


class TooShortError(BadPeriodError):
    """Less than 10 minutes."""

    key = "sensors-too-short"


class TooLongError(BadPeriodError):
    """More than 366 days."""

    key = "sensors-too-long"


def check_length(length: timedelta, said: str) -> None:
    """Refuse what is too short or too long to be shown.

    Raises:
        TooShortError, TooLongError
    """
    if length < SHORTEST:
        raise TooShortError(f"too short: {said!r}", period=said)
    if length > LONGEST:
        raise TooLongError(f"too long: {said!r}", period=said)


def parse_period(text: str) -> timedelta:
    """Read a period.

    Raises:
        BadPeriodError: not a period, or outside 10 minutes to 366 days.
    """
    period, said = read_span(text), text[:40]
    if period is None:
        raise BadPeriodError(f"not a period: {said!r}", period=said)
    check_length(period, said)
    return period


def split_request(request: str) -> tuple[str, timedelta | None]:
    """Split "press 2 7d" or "пресс за 3 дня" into the machine ("" if not named) and the period (None if not named).

    Raises:
        BadPeriodError: the period is outside 10 minutes to 366 days.
    """
    words = request.split()
    for count in (2, 1):
        tail = " ".join(words[-count:])
        if len(words) >= count and read_span(tail) is not None:
            machine = words[:-count]
            while machine and machine[-1].lower() in {"за", "for", "last"}:
                machine.pop()
            return " ".join(machine), parse_period(tail)
    return " ".join(words), None


def is_mistyped(written: str) -> bool:
    """Tell a stretch of time that can't be read, "1/11 - 5/11", from a sentence: it has digits and hardly a word."""
    words = re.findall(r"[^\W\d_]+", written)
    return any(c.isdigit() for c in written) and all(len(word) < _WORD_LETTERS for word in words)


def find_period(sentence: str) -> timedelta | None:
    """Return the period that a sentence speaks of, "over the last 3 days", "за неделю"; None where there is none."""
    found = locate_period(sentence)
    return found[0] if found else None


def locate_period(sentence: str) -> tuple[timedelta, re.Match[str]] | None:
    """Return the period that a sentence speaks of, and where."""
    return _first_usable(_IN_A_SENTENCE, sentence)


def locate_bare_period(sentence: str) -> tuple[timedelta, re.Match[str]] | None:
    """Return the period in a sentence that is known to ask for readings, "вибрация 24ч", "press 2 week", and where."""
    return _first_usable(_BARE, sentence)


def _first_usable(pattern: re.Pattern[str], sentence: str) -> tuple[timedelta, re.Match[str]] | None:
    for match in pattern.finditer(sentence):
        period = read_span(next(group for group in match.groups() if group))
        if period is not None and SHORTEST <= period <= LONGEST:
            return period, match
    return None


def counted(written: str) -> float:
    """Return the number that is written in digits or words, as `COUNT` finds it."""
    return _NUMBERS.get(written.lower()) or float(written.replace(",", "."))


def read_span(text: str) -> timedelta | None:
    """Return the span of time that is all of what is written, however long; None where it is something else."""
    word = " ".join(text.lower().split())
    if word in _ONE:
        return _ONE[word]
    if (found := _COUNTED.fullmatch(word)) is None:
        return None
    number, unit = counted(found[1]), found[2]
    length = _MANY.get(unit) or (_ONE.get(unit) if number <= 1 else None)
    return number * length if length else None
