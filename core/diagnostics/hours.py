"""Times of day and parts of a day as engineers say them: "с 5 утра", "from 8:00 to 12:00", "за ночь"."""

import re
from dataclasses import dataclass

_DAY_MINUTES = 24 * 60
_FLAGS = re.IGNORECASE


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes after the midnight of a day; an `end` beyond 1,440 is of the day after, None is now.

    `days_ago`: the day that the words themselves name; `match`: where they stand.
    """

    begin: int
    end: int | None
    match: re.Match[str]
    days_ago: int | None = None


def _clock(name: str) -> str:
    return (
        rf"(?P<hour{name}>2[0-4]|[01]?\d)(?!\d)(?:[:](?P<minute{name}>[0-5]\d)(?!\d))?(?![.,:]\d)"
        rf"(?:\s*(?P<half{name}>am|pm|утра|дня|вечера|ночи|час(?:а|ов)?|ч|o'?clock)\b)?"
    )


_FROM = r"\b(?P<from>since|from|between|after|начиная\s+со?|после|между|со?)\s+"
_TO = r"\s*(?P<to>-|–|—|\bto\b|\btill?\b|\buntil\b|\band\b|\bдо\b|\bпо\b|\bи\b)\s*"
_BETWEEN = re.compile(rf"(?:{_FROM})?(?<![\d.:-]){_clock('1')}{_TO}{_clock('2')}", _FLAGS)
_SINCE = re.compile(_FROM + _clock("1"), _FLAGS)
_AT = re.compile(r"\b(?P<from>at|around|about|в|около)\s+" + _clock("1"), _FLAGS)
_AROUND = 30
"""Minutes before and after a moment that are shown of it."""
_PARTS = {
    "morning": (6 * 60, 12 * 60), "утр": (6 * 60, 12 * 60),
    "afternoon": (12 * 60, 18 * 60),
    "evening": (18 * 60, _DAY_MINUTES), "вечер": (18 * 60, _DAY_MINUTES),
    "night": (22 * 60, 30 * 60), "ноч": (22 * 60, 30 * 60), "overnight": (22 * 60, 30 * 60),
    "noon": (12 * 60, 18 * 60), "lunch": (12 * 60, 18 * 60), "обед": (12 * 60, 18 * 60),
    "полудн": (12 * 60, 18 * 60), "после": (12 * 60, 18 * 60), "дн": (12 * 60, 18 * 60),
    "after": (12 * 60, 18 * 60), "до": (6 * 60, 12 * 60), "before": (6 * 60, 12 * 60),
    "midnight": (0, 6 * 60), "полуноч": (0, 6 * 60),
}  # fmt: skip
_SINCE_PART = re.compile(
    r"\b(?:since|from|начиная\s+со?|со?)\s+(?:(?:this|the|early|last|самого|сегодняшн\w+)\s+)?"
    r"(?P<yesterday>yesterday\s+|вчерашн\w+\s+)?"
    r"(?P<part>morning|afternoon|evening|night|noon|lunch|midnight|утра|вечера|ночи|обеда|полудня|полуночи)\b",
    _FLAGS,
)
_PART = re.compile(
    r"(?<!good )(?<!доброе )(?<!добрый )"
    r"\b(?:(?:this|in\s+the|during\s+the|at|last|за(?:\s+(?:это|эту|прошл\w+|последн\w+))?|прошл\w+|этой)\s+)?"
    r"(?P<yesterday>вчерашн\w+\s+)?"
    r"(?P<part>morning|afternoon|evening|night|overnight|утро|утром|вечер|вечером|ночь|ночью|дн[её]м"
    r"|(?:before|after)\s+(?:lunch|noon)|(?:до|после)\s+(?:обеда|полудня))\b",
    _FLAGS,
)


def find_hours(sentence: str) -> Hours | None:
    """Return the times of day that a sentence names; None where it names none."""
    if (match := _BETWEEN.search(sentence)) and _is_range(match):
        begin, end = _minutes(match, "1", like="2"), _minutes(match, "2")
        return Hours(begin, end if end > begin else end + _DAY_MINUTES, match)
    if (match := _SINCE.search(sentence)) and (match["minute1"] or match["half1"]):
        return Hours(_minutes(match, "1"), None, match)
    for pattern in (_SINCE_PART, _PART):
        if match := pattern.search(sentence):
            begin, end = next(hours for stem, hours in _PARTS.items() if match["part"].lower().startswith(stem))
            return Hours(begin, None if pattern is _SINCE_PART else end, match, 1 if match["yesterday"] else None)
    return None


def find_moment(sentence: str) -> Hours | None:
    """Return the hour around the moment that a sentence names, "вчера в 15:00"; None where it names none."""
    if (match := _AT.search(sentence)) and (match["minute1"] or match["half1"]):
        moment = _minutes(match, "1")
        return Hours(moment - _AROUND, moment + _AROUND, match)
    return None


def _is_range(match: re.Match[str]) -> bool:
    """Tell "8:00 - 12:00", "8 am to 2 pm" and "с 8 до 12" from "3-7" and "с 3 по 7", which are something else."""
    if match["half2"] or (match["minute1"] and match["minute2"]):
        return True
    return bool(match["from"]) and match["to"].lower() in {"to", "till", "til", "until", "до"}


def _minutes(match: re.Match[str], name: str, like: str = "") -> int:
    """Return minutes after midnight; an hour without its half of the day is of the half that `like` names."""
    hour, half = int(match[f"hour{name}"]), (match[f"half{name}"] or "").lower()
    if not half and like and hour < int(match[f"hour{like}"]) and not match[f"minute{name}"]:
        half = (match[f"half{like}"] or "").lower()  # "from 2 to 5 pm"
    return _of_24(hour, half) * 60 + int(match[f"minute{name}"] or 0)


def _of_24(hour: int, half: str) -> int:
    if half in {"am", "утра"}:
        return hour % 12
    if half in {"pm", "дня", "вечера"}:
        return hour % 12 + 12
    if half == "ночи":
        return hour % 12 + 12 if 8 <= hour < 12 else hour % 12
    return hour
