"""Stretches of time as engineers write them, in English and Russian: "since Monday", "с 3 по 7 марта", "за сутки"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.diagnostics.hours import Hours, find_hours, find_moment
from core.diagnostics.named import find_named
from core.diagnostics.periods import (
    SHORTEST,
    UNITS,
    FutureWindowError,
    NoSuchDateError,
    ReversedWindowError,
    check_length,
    locate_bare_period,
    locate_period,
)


@dataclass(frozen=True, slots=True)
class Window:
    """From `begin` to `end`, both aware."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin


_MONTHS = (
    "jan(?:uary)?|янв(?:ар[ья])?",
    "feb(?:ruary)?|фев(?:рал[ья])?",
    "mar(?:ch)?|мар(?:та?)?",
    "apr(?:il)?|апр(?:ел[ья])?",
    "may|ма[йя]",
    "june?|июн[ья]?",
    "july?|июл[ья]?",
    "aug(?:ust)?|авг(?:уста?)?",
    "sep(?:t(?:ember)?)?|сен(?:тябр[ья])?",
    "oct(?:ober)?|окт(?:ябр[ья])?",
    "nov(?:ember)?|ноя(?:бр[ья])?",
    "dec(?:ember)?|дек(?:абр[ья])?",
)
_WEEKDAYS = (
    "mon(?:day)?|понедельника?|пн",
    "tue(?:s(?:day)?)?|вторника?|вт",
    "wed(?:nesday)?|сред[аыу]|ср",
    "thu(?:rs(?:day)?)?|четверга?|чт",
    "fri(?:day)?|пятниц[аыу]|пт",
    "sat(?:urday)?|суббот[аыу]|сб",
    "sun(?:day)?|воскресень[яе]|вс",
)
_RELATIVE = ("today|сегодня", "yesterday|вчера", r"позавчера|(?:the\s+)?day\s+before\s+yesterday")
_LAST = r"last|past|прошл\w+|минувш\w+"
_MONTH, _WEEKDAY = "|".join(_MONTHS), "|".join(_WEEKDAYS)


def _day(name: str) -> str:
    """Return the pattern of a day, perhaps with a time of day; `name` tells two of them apart."""
    clock = r"(?:(?:\s*,?\s*(?:at\s+|в\s+)?|T)(?P<time{0}>\d{{1,2}}:\d{{2}}))?"
    return (
        r"(?:(?P<iso{0}>\d{{4}}-\d{{1,2}}-\d{{1,2}})"
        r"|(?<![\d.,])(?P<dotted{0}>\d{{1,2}}\.\d{{1,2}}(?:\.\d{{4}}|\.\d{{2}})?)(?![\d.])(?!\s*(?:" + UNITS + r")\b)"
        r"|(?P<number{0}>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month{0}>(?:" + _MONTH + r"))\b"
        r"|(?P<first{0}>(?:" + _MONTH + r"))\s+(?P<second{0}>\d{{1,2}})\b"
        r"|(?:(?P<last{0}>" + _LAST + r")\s+)?(?P<weekday{0}>(?:" + _WEEKDAY + r"))\b"
        r"|(?P<relative{0}>(?:" + "|".join(_RELATIVE) + r"))\b)" + clock
    ).format(name)


_FLAGS = re.IGNORECASE
_TO = r"\s*(?:-|–|—|\bto\b|\btill?\b|\buntil\b|\bпо\b|\bдо\b|\band\b)\s*"
_FROM = r"\b(?:(?:from|between|since|со?|от|между)\s+)?"
_BETWEEN = re.compile(_FROM + _day("1") + _TO + _day("2"), _FLAGS)
_TWO_DAYS = r"(?P<from>\d{1,2})" + _TO + r"(?P<to>\d{1,2})\b"
_DAYS_OF_ONE_MONTH = (
    re.compile(_FROM + _TWO_DAYS + r"\s+(?P<month>(?:" + _MONTH + r"))\b", _FLAGS),
    re.compile(_FROM + r"(?P<month>(?:" + _MONTH + r"))\s+" + _TWO_DAYS + r"(?![.:])", _FLAGS),
)
_HOURS_OF_A_DAY = re.compile(
    r"(?:\b(?:on|за|во?)\s+)?\b"
    + _day("1")
    + r"\s*,?\s+(?P<from>[01]?\d|2[0-4])\s*[-–—]\s*(?P<to>[01]?\d|2[0-4])(?![\d.:])",
    _FLAGS,
)
_SINCE = re.compile(r"\b(?:since|from|начиная\s+со?|со?)\s+" + _day("1"), _FLAGS)
_ONE_DAY = re.compile(r"(?:\b(?:on|for|за|во?)\s+)?\b" + _day("1"), _FLAGS)
_MONTH_ALONE = re.compile(r"\b(?:for|in|за|во?)\s+(?P<month>(?:" + _MONTH + r"))\b(?!\s*\d)", _FLAGS)


def read_window(sentence: str, now: datetime, zone: ZoneInfo) -> tuple[Window, str] | None:
    """Return the stretch of time that a sentence names, and the sentence without it; None where it names none.

    Days are those of `zone`, and the last that fit: a weekday is of the past seven days, a date without its year of
    the past twelve months. What reaches into the future ends at `now`, and takes at least the 10 minutes before.

    Raises:
        BadPeriodError: it is too short, too long, to come, ends before it begins, or is no date at all (31 February).
    """
    found = _named(sentence, now.astimezone(zone))
    if found is None:
        if (located := locate_period(sentence) or locate_bare_period(sentence)) is None:
            return None
        length, match = located
        return Window(now - length, now), _without(sentence, match)
    begin, end, rest = found
    said = sentence.strip()[:60]
    if begin >= end:
        raise ReversedWindowError(f"reversed: {said!r}", period=said)
    if begin > now:
        raise FutureWindowError(f"to come: {said!r}", period=said)
    just_begun = end >= now >= begin > now - SHORTEST
    window = Window(now - SHORTEST if just_begun else begin, min(end, now))
    check_length(window.length, said)
    return window, rest


_Found = tuple[datetime, datetime, str]
"""Beginning, end, and the sentence without the words that named them."""


def _named(sentence: str, now: datetime) -> _Found | None:
    for read in (_days, _called, _hours, _since, _around, _day_alone, _month):
        if found := read(sentence, now):
            return found
    return None


def _days(sentence: str, now: datetime) -> _Found | None:
    if match := _BETWEEN.search(sentence):
        begin, end = _moment(match, "1", now), _moment(match, "2", now, last=True)
        if begin >= end and match["weekday1"] and match["weekday2"]:
            begin = _a_week_before(begin)
        return begin, end, _without(sentence, match)
    if match := next(filter(None, (pattern.search(sentence) for pattern in _DAYS_OF_ONE_MONTH)), None):
        number = _index(_MONTHS, match["month"]) + 1
        last = _past(match, now, number, int(match["to"]))
        first = _date(match, last.year, number, int(match["from"]))
        return _midnight(first, now), _midnight(last + timedelta(days=1), now), _without(sentence, match)
    return None


def _a_week_before(moment: datetime) -> datetime:
    return datetime.combine(moment.date() - timedelta(days=7), moment.timetz())


def _hours(sentence: str, now: datetime) -> _Found | None:
    if (match := _HOURS_OF_A_DAY.search(sentence)) and not match["time1"]:
        day, hours = _moment(match, "1", now).date(), (int(match["from"]), int(match["to"]))
        end = hours[1] if hours[1] > hours[0] else hours[1] + 24
        return _at(day, hours[0] * 60, now), _at(day, end * 60, now), _without(sentence, match)
    return _hours_of_a_day(sentence, find_hours(sentence), now)


def _around(sentence: str, now: datetime) -> _Found | None:
    return _hours_of_a_day(sentence, find_moment(sentence), now)


def _hours_of_a_day(sentence: str, hours: Hours | None, now: datetime) -> _Found | None:
    """Take the hours of the day that is named beside them, else of the last day on which they have begun."""
    if hours is None:
        return None
    rest = _without(sentence, hours.match)
    if (match := _ONE_DAY.search(rest)) and not match["time1"]:
        day, rest = _moment(match, "1", now).date(), _without(rest, match)
    elif hours.days_ago is not None:
        day = now.date() - timedelta(days=hours.days_ago)
    else:
        day = now.date() if _at(now.date(), hours.begin, now) <= now else now.date() - timedelta(days=1)
    return _at(day, hours.begin, now), _end(hours, day, now), rest


def _end(hours: Hours, day: date, now: datetime) -> datetime:
    return now if hours.end is None else _at(day, hours.end, now)


def _at(day: date, minutes: int, now: datetime) -> datetime:
    """Return what the clock on the wall shows `minutes` after the day began, whatever it was set to that night."""
    days, minutes = divmod(minutes, 24 * 60)
    return datetime.combine(day + timedelta(days=days), time(*divmod(minutes, 60)), now.tzinfo)


def _since(sentence: str, now: datetime) -> _Found | None:
    if match := _SINCE.search(sentence):
        return _moment(match, "1", now), now, _without(sentence, match)
    return None


def _called(sentence: str, now: datetime) -> _Found | None:
    if found := find_named(sentence, now):
        return found.begin, found.end, _without(sentence, found.match)
    return None


def _day_alone(sentence: str, now: datetime) -> _Found | None:
    if (match := _ONE_DAY.search(sentence)) and not match["time1"]:
        return _moment(match, "1", now), _moment(match, "1", now, last=True), _without(sentence, match)
    return None


def _month(sentence: str, now: datetime) -> _Found | None:
    """Read a month by its name, the last that has begun: "за июнь"."""
    if (match := _MONTH_ALONE.search(sentence)) is None:
        return None
    number = _index(_MONTHS, match["month"]) + 1
    first = _past(match, now, number, 1)
    after = date(first.year + number // 12, number % 12 + 1, 1)
    return _midnight(first, now), _midnight(after, now), _without(sentence, match)


def _without(sentence: str, match: re.Match[str]) -> str:
    return f"{sentence[: match.start()]} {sentence[match.end() :]}".strip()


def _moment(match: re.Match[str], name: str, now: datetime, *, last: bool = False) -> datetime:
    """Return the moment meant: a day without a time of day begins, or as the `last` of a stretch ends, at midnight."""
    day = _day_of(match, {key.removesuffix(name): v for key, v in match.groupdict().items() if key.endswith(name)}, now)
    if written := match[f"time{name}"]:
        hour, minute = map(int, written.split(":"))
        if hour > 23 or minute > 59:
            raise _bad(match)
        return datetime.combine(day, time(hour, minute), now.tzinfo)
    return _midnight(day + timedelta(days=1) if last else day, now)


def _day_of(match: re.Match[str], parts: Mapping[str, str | None], now: datetime) -> date:
    today = now.date()
    if iso := parts["iso"]:
        return _date(match, *map(int, iso.split("-")))
    if dotted := parts["dotted"]:
        numbers = [int(part) for part in dotted.split(".")]
        if len(numbers) == 2:
            return _past(match, now, numbers[1], numbers[0])
        year = numbers[2]
        return _date(match, year if year > 99 else 2000 + year, numbers[1], numbers[0])
    if weekday := parts["weekday"]:
        days_ago = (today.weekday() - _index(_WEEKDAYS, weekday)) % 7
        return today - timedelta(days=days_ago or (7 if parts["last"] else 0))
    if relative := parts["relative"]:
        return today - timedelta(days=_index(_RELATIVE, relative))
    month, number = (parts["month"], parts["number"]) if parts["month"] else (parts["first"], parts["second"])
    return _past(match, now, _index(_MONTHS, month or "") + 1, int(number or 0))


def _index(patterns: tuple[str, ...], word: str) -> int:
    return next(n for n, pattern in enumerate(patterns) if re.fullmatch(pattern, word, re.IGNORECASE))


def _past(match: re.Match[str], now: datetime, month: int, day: int) -> date:
    """Return the last such day: this year's, or last year's where this year's is still to come."""
    this = _date(match, now.year, month, day)
    return this if this <= now.date() else _date(match, now.year - 1, month, day)


def _date(match: re.Match[str], year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _bad(match) from error


def _bad(match: re.Match[str]) -> NoSuchDateError:
    return NoSuchDateError(f"no such date: {match[0]!r}", period=match[0].strip())


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)
