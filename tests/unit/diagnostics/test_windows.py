"""Stretches of time in plain words are read to the minute, in the reader's time zone."""

from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from core.diagnostics.periods import (
    SHORTEST,
    BadPeriodError,
    FutureWindowError,
    NoSuchDateError,
    ReversedWindowError,
    TooLongError,
    TooShortError,
)
from core.diagnostics.windows import read_window

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)  # a Wednesday, 21:30 in Moscow


def read(sentence: str) -> tuple[str, str, str] | None:
    found = read_window(sentence, NOW, MOSCOW)
    if found is None:
        return None
    window, rest = found
    begin, end = (f"{moment.astimezone(MOSCOW):%d.%m.%y %H:%M}" for moment in (window.begin, window.end))
    return begin, end, rest


@pytest.mark.parametrize(
    ("sentence", "begin", "end", "rest"),
    [
        ("press 2 temperature since Monday", "23.11.26 00:00", "25.11.26 21:30", "press 2 temperature"),
        ("с понедельника пресс 2", "23.11.26 00:00", "25.11.26 21:30", "пресс 2"),
        ("давление пресса за сутки", "24.11.26 21:30", "25.11.26 21:30", "давление пресса"),
        ("over the last 3 days press", "22.11.26 21:30", "25.11.26 21:30", "press"),
        ("пресс 2 с 3 по 7 ноября", "03.11.26 00:00", "08.11.26 00:00", "пресс 2"),
        ("from 3 March to 7 March 12:30", "03.03.26 00:00", "07.03.26 12:30", ""),
        ("с 20.11 08:00 по 21.11 16:00", "20.11.26 08:00", "21.11.26 16:00", ""),
        ("2026-11-01 – 2026-11-03", "01.11.26 00:00", "04.11.26 00:00", ""),
        ("yesterday", "24.11.26 00:00", "25.11.26 00:00", ""),
        ("сегодня", "25.11.26 00:00", "25.11.26 21:30", ""),
        ("ГС-7 в среду", "25.11.26 00:00", "25.11.26 21:30", "ГС-7"),
        ("давление с 5 утра", "25.11.26 05:00", "25.11.26 21:30", "давление"),
        ("since 22:00 press 2", "24.11.26 22:00", "25.11.26 21:30", "press 2"),
        ("вчера с 22:00 до 6:00", "24.11.26 22:00", "25.11.26 06:00", ""),
        ("from 2 to 5 pm on Monday", "23.11.26 14:00", "23.11.26 17:00", ""),
        ("с 8 до 12", "25.11.26 08:00", "25.11.26 12:00", ""),
        ("с 11 ночи до 5 утра", "24.11.26 23:00", "25.11.26 05:00", ""),
        ("since Monday at 8:00", "23.11.26 08:00", "25.11.26 21:30", ""),
        ("пресс за ночь", "24.11.26 22:00", "25.11.26 06:00", "пресс"),
        ("yesterday evening", "24.11.26 18:00", "25.11.26 00:00", ""),
        ("с утра", "25.11.26 06:00", "25.11.26 21:30", ""),
        ("со вчерашнего вечера", "24.11.26 18:00", "25.11.26 21:30", ""),
        ("вчера в 15:00", "24.11.26 14:30", "24.11.26 15:30", ""),
        ("this week", "23.11.26 00:00", "25.11.26 21:30", ""),
        ("с начала месяца", "01.11.26 00:00", "25.11.26 21:30", ""),
        ("за декабрь", "01.12.25 00:00", "01.01.26 00:00", ""),
        ("вибрация 24ч", "24.11.26 21:30", "25.11.26 21:30", "вибрация"),
        ("пресс 1 час", "25.11.26 20:30", "25.11.26 21:30", "пресс"),
        ("press 2 week", "18.11.26 21:30", "25.11.26 21:30", "press 2"),
        ("за двое суток", "23.11.26 21:30", "25.11.26 21:30", ""),
        ("last quarter of an hour", "25.11.26 21:15", "25.11.26 21:30", ""),
        ("press last Monday", "23.11.26 00:00", "24.11.26 00:00", "press"),
        ("с прошлой среды", "18.11.26 00:00", "25.11.26 21:30", ""),
        ("пн-пт", "16.11.26 00:00", "21.11.26 00:00", ""),
        ("last shift", "25.11.26 06:00", "25.11.26 14:00", ""),
        ("с начала смены", "25.11.26 14:00", "25.11.26 21:30", ""),
        ("night shift", "24.11.26 22:00", "25.11.26 06:00", ""),
        ("за выходные", "21.11.26 00:00", "23.11.26 00:00", ""),
        ("3 дня назад", "22.11.26 00:00", "23.11.26 00:00", ""),
        ("a week ago", "18.11.26 00:00", "19.11.26 00:00", ""),
        ("на прошлой неделе", "16.11.26 00:00", "23.11.26 00:00", ""),
        ("in the previous month", "01.10.26 00:00", "01.11.26 00:00", ""),
        ("за последние 1,5 часа", "25.11.26 20:00", "25.11.26 21:30", ""),
        ("полтора часа", "25.11.26 20:00", "25.11.26 21:30", ""),
        ("с 20.11.26 по 21.11.26", "20.11.26 00:00", "22.11.26 00:00", ""),
        ("2026-11-20T08:00 - 2026-11-21", "20.11.26 08:00", "22.11.26 00:00", ""),
        ("November 1-5", "01.11.26 00:00", "06.11.26 00:00", ""),
        ("on 30 December", "30.12.25 00:00", "31.12.25 00:00", ""),
    ],
)
def test_words_become_a_window(sentence: str, begin: str, end: str, rest: str) -> None:
    assert read(sentence) == (begin, end, rest)


@pytest.mark.parametrize(
    "sentence",
    [
        "may the press start?",
        "почему давление растёт?",
        "press 2",
        "🙂",
        "доброе утро",
        "с 3 по 7",
        "between 6 and 8 bar",
        "is it 250 bar - 300 bar",
        "" * 3,
    ],
)
def test_what_names_no_time_is_none(sentence: str) -> None:
    assert read(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "error"),
    [
        ("since 31 February", NoSuchDateError), ("since 29.02.2025", NoSuchDateError),
        ("с 25.11 25:00", NoSuchDateError),
        ("с 5.11 по 1.11", ReversedWindowError), ("25.11 20:00 - 25.11 10:00", ReversedWindowError),
        ("1.1.2020 - 1.6.2026", TooLongError), ("с 25.11 10:00 по 25.11 10:05", TooShortError),
        ("1.12.2026 - 5.12.2026", FutureWindowError), ("завтра", FutureWindowError), ("next week", FutureWindowError),
    ],
)  # fmt: skip
def test_what_can_be_no_window_is_said(sentence: str, error: type[BadPeriodError]) -> None:
    with pytest.raises(error):
        read(sentence)


def test_a_day_that_has_just_begun_can_be_shown() -> None:
    midnight = datetime(2026, 11, 26, 0, 2, tzinfo=MOSCOW)
    found = read_window("сегодня", midnight, MOSCOW)
    assert found is not None
    assert (found[0].length, found[0].end) == (SHORTEST, midnight)


def test_the_clock_on_the_wall_counts_when_it_is_set_back_at_night() -> None:
    paris = ZoneInfo("Europe/Paris")
    found = read_window("с 22:00 до 6:00", datetime(2026, 10, 25, 9, tzinfo=paris), paris)
    assert found is not None
    begin, end = found[0].begin.astimezone(UTC), found[0].end.astimezone(UTC)
    assert (begin, end) == (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 5, tzinfo=UTC))


@pytest.mark.parametrize("part", ["за ", "1", "с 1 ", "since the ", "is ", "12:3", "а" * 20 + " ", "1 января ", "to "])
def test_a_hostile_message_is_read_at_once(part: str) -> None:
    started = perf_counter()
    with suppress(BadPeriodError):
        read_window((part * 4096)[:4096], NOW, MOSCOW)
    assert perf_counter() - started < 1
