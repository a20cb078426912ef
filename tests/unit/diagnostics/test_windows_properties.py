"""Whatever is typed: a stretch of time is read back to the minute, and nothing that can't be used gets through."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from core.diagnostics.periods import LONGEST, SHORTEST, BadPeriodError
from core.diagnostics.windows import Window, read_window

ZONES = st.sampled_from([ZoneInfo(key) for key in ("UTC", "Europe/Moscow", "Europe/Paris", "Asia/Kolkata")])
NOWS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
)
RU_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip
EN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DATES: list[Callable[[date], str]] = [
    lambda d: f"{d:%d.%m.%Y}",
    lambda d: f"{d.day}.{d.month}.{d:%y}",
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d:%d.%m}",
    lambda d: f"{d.day} {RU_MONTHS[d.month - 1]}",
    lambda d: f"{d.day} {EN_MONTHS[d.month - 1]}",
    lambda d: f"{EN_MONTHS[d.month - 1][:3]} {d.day}",
]
JOINS = ["с {} по {}", "from {} to {}", "{} – {}", "between {} and {}", "{} - {}", "от {} до {}"]
WORDS = st.lists(st.sampled_from(["пресс", "press-2", "давление", "oil", "temperature", "ГС-7"]), max_size=3)
PIECES = (
    "с", "по", "от", "до", "since", "from", "to", "last", "past", "next", "за", "в", "на", "the", "1", "7", "12",
    "24", "31", "99", "1,5", ":30", "8:00", "25:61", ".", "-", "–", "29.02", "31.02.2026", "2026-11-20",
    "понедельник", "вчера", "yesterday", "today", "завтра", "смену", "shift", "неделю", "week", "назад", "ago",
    "выходные", "weekend", "ноября", "May", "день", "day", "hours", "часа", "утра", "pm", "ночью", "night", "press",
    "пресс", "bar", "🙂",
)  # fmt: skip


def read(sentence: str, now: datetime, zone: ZoneInfo) -> tuple[Window, str]:
    found = read_window(sentence, now, zone)
    assert found is not None, sentence
    return found


@settings(max_examples=300, deadline=None)
@given(
    now=NOWS,
    zone=ZONES,
    ago=st.integers(0, 200),
    days=st.integers(0, 100),
    written=st.sampled_from(DATES),
    join=st.sampled_from(JOINS),
    before=WORDS,
    after=WORDS,
    clocks=st.none() | st.tuples(st.times(), st.times()),
)
def test_two_dates_are_read_back_whatever_way_they_are_written(
    now: datetime, zone: ZoneInfo, ago: int, days: int, written: Callable[[date], str], join: str, before: list[str],
    after: list[str], clocks: tuple[time, time] | None,
) -> None:  # fmt: skip
    today = now.astimezone(zone).date()
    last = today - timedelta(days=ago)
    first = last - timedelta(days=days)
    begin, end = datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)
    names = [written(first), written(last)]
    if clocks is not None:
        begin, end = (
            datetime.combine(day, clock.replace(second=0, microsecond=0, fold=0), zone)
            for day, clock in zip((first, last), clocks, strict=True)
        )
        names = [f"{name} {clock:%H:%M}" for name, clock in zip(names, clocks, strict=True)]
    end = min(end, now.astimezone(zone))
    assume(end - begin >= SHORTEST)
    assume(begin.astimezone(UTC) <= end.astimezone(UTC) - SHORTEST)
    window, rest = read(" ".join([*before, join.format(*names), *after]), now, zone)
    assert (window.begin, window.end) == (begin, end)
    assert rest.split() == [*before, *after]


@settings(max_examples=200, deadline=None)
@given(
    now=NOWS,
    zone=ZONES,
    ago=st.integers(1, 2),
    hours=st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1]),
    shape=st.sampled_from(
        [
            "{ru} с {} до {}",
            "с {} до {} {ru}",
            "{en} from {} to {}",
            "{ru} {}-{}",
            "{en} {}–{}",
            "{ru} с {}:00 до {}:00",
        ]
    ),
)
def test_hours_of_a_day_are_read_back(
    now: datetime, zone: ZoneInfo, ago: int, hours: tuple[int, int], shape: str
) -> None:
    names = {1: ("вчера", "yesterday"), 2: ("позавчера", "day before yesterday")}[ago]
    day = now.astimezone(zone).date() - timedelta(days=ago)
    begin = datetime.combine(day, time(hours[0]), zone)
    end = datetime.combine(day + timedelta(days=hours[1] // 24), time(hours[1] % 24), zone)
    window, rest = read(shape.format(*hours, ru=names[0], en=names[1]), now, zone)
    assert (window.begin, window.end, rest) == (begin, end, "")


@settings(max_examples=200, deadline=None)
@given(
    now=NOWS,
    zone=ZONES,
    count=st.integers(1, 60),
    unit=st.sampled_from(
        [("hours", 60), ("часов", 60), ("days", 1440), ("дней", 1440), ("минут", 1), ("weeks", 10080)]
    ),
    lead=st.sampled_from(["last ", "за последние ", "over the past ", "за ", ""]),
)
def test_a_counted_period_ends_now(now: datetime, zone: ZoneInfo, count: int, unit: tuple[str, int], lead: str) -> None:
    length = timedelta(minutes=count * unit[1])
    assume(SHORTEST <= length <= LONGEST)
    window, rest = read(f"{lead}{count} {unit[0]}", now, zone)
    assert (window.length, window.end, rest) == (length, now, "")


@settings(max_examples=500, deadline=None)
@given(now=NOWS, zone=ZONES, pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12))
@example(now=datetime(2026, 11, 25, 18, 30, tzinfo=UTC), zone=ZoneInfo("UTC"), pieces=["9999", "недель", "назад"])
@example(now=datetime(2026, 11, 25, 18, 30, tzinfo=UTC), zone=ZoneInfo("UTC"), pieces=["0001-01-01", "-", "2026-01-01"])
def test_whatever_is_typed_is_a_usable_window_or_none_or_a_clear_error(
    now: datetime, zone: ZoneInfo, pieces: list[str]
) -> None:
    with suppress(BadPeriodError):
        if found := read_window(" ".join(pieces), now, zone):
            window, _ = found
            assert SHORTEST <= window.end.astimezone(UTC) - window.begin.astimezone(UTC) <= LONGEST
            assert window.end <= now


@pytest.mark.parametrize("start", [date(2026, 3, 29), date(2026, 10, 25)])
def test_shifts_keep_to_the_wall_clock_when_it_is_changed(start: date) -> None:
    paris = ZoneInfo("Europe/Paris")
    now = datetime.combine(start, time(7), paris)
    window, rest = read("last shift", now, paris)
    assert (window.begin, window.end) == (
        datetime.combine(start - timedelta(days=1), time(22), paris),
        datetime.combine(start, time(6), paris),
    )
    assert rest == ""
