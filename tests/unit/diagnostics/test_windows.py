"""Stretches of time in plain words are read to the minute, in the reader's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.diagnostics.periods import SHORTEST, BadPeriodError
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
        ("on 30 December", "30.12.25 00:00", "31.12.25 00:00", ""),
    ],
)
def test_words_become_a_window(sentence: str, begin: str, end: str, rest: str) -> None:
    assert read(sentence) == (begin, end, rest)


@pytest.mark.parametrize("sentence", ["may the press start?", "почему давление растёт?", "press 2", "🙂", "" * 3])
def test_what_names_no_time_is_none(sentence: str) -> None:
    assert read(sentence) is None


@pytest.mark.parametrize("sentence", ["since 31 February", "с 5.11 по 1.11", "1.1.2020 - 1.6.2026", "since 29.02.2025"])
def test_what_can_be_no_window_is_said(sentence: str) -> None:
    with pytest.raises(BadPeriodError):
        read(sentence)


def test_a_day_that_has_just_begun_can_be_shown() -> None:
    midnight = datetime(2026, 11, 26, 0, 2, tzinfo=MOSCOW)
    found = read_window("сегодня", midnight, MOSCOW)
    assert found is not None
    assert (found[0].length, found[0].end) == (SHORTEST, midnight)
