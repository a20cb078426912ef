"""What follows a maintenance command is read as a table and what shall be done with it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.timescale.partitions import BadRangeError
from core.timescale.requests import Aged, Declaration, read_aged, read_count, read_days, read_declaration
from core.timescale.spans import BadSpanError, ago, read_span
from core.timescale.tables import READINGS

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("words", "span"),
    [("30d", 30 * DAY), ("2 weeks", 14 * DAY), ("90 дней", 90 * DAY), ("12ч", DAY / 2), ("1 century", 36525 * DAY)],
)
def test_spans_are_read_in_both_languages(words: str, span: timedelta) -> None:
    assert read_span(words) == span


def test_a_negative_span_is_read_and_refused_where_it_makes_no_sense() -> None:
    assert read_span("-1 day") == -DAY
    with pytest.raises(BadRangeError):
        ago(datetime(2026, 1, 1, tzinfo=UTC), -DAY)


def test_a_span_longer_than_time_is_refused_too() -> None:
    with pytest.raises(BadRangeError):
        ago(datetime(2026, 1, 1, tzinfo=UTC), read_span("99999 centuries"))


@pytest.mark.parametrize("words", ["abc", "", "30", "1 fortnight", "1e9 days", "30d; drop table users"])
def test_what_is_no_span_is_refused(words: str) -> None:
    with pytest.raises(BadSpanError):
        read_span(words)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", Aged(READINGS, None)),
        ("30d", Aged(READINGS, 30 * DAY)),
        ('"Odd name" 30 days', Aged('"Odd name"', 30 * DAY)),
        ('x"; drop table users; -- 30d', Aged('x"; drop table users; --', 30 * DAY)),
        ("sensor_data 30d everything", Aged("sensor_data", 30 * DAY, everything=True)),
        ("30d everything", Aged(READINGS, 30 * DAY)),  # nothing is dropped whole that is not named
    ],
)
def test_a_table_and_an_age(words: str, asked: Aged) -> None:
    assert read_aged(words) == asked


def test_a_table_and_a_count() -> None:
    assert read_count("4") == (READINGS, 4)
    assert read_count("public.t2 4") == ("public.t2", 4)
    assert read_count("t2") == ("t2", None)


def test_days_are_the_readers_and_the_last_one_counts() -> None:
    days = read_days("sensor_data 2026-01-01 2026-01-31 insurance", ZoneInfo("Europe/Moscow"))
    assert days is not None
    assert (days.before, days.after) == ("sensor_data", "insurance")
    assert days.start == datetime(2025, 12, 31, 21, tzinfo=UTC)
    assert days.end == datetime(2026, 1, 31, 21, tzinfo=UTC)
    assert read_days("2026-02-31 2026-03-01", ZoneInfo("UTC")) is None


def test_declarations() -> None:
    assert read_declaration("retain 90d") == Declaration(READINGS, "retain_for", 90 * DAY)
    assert read_declaration("t хранить default") == Declaration("t", "retain_for", None)
    assert read_declaration("sensor_data") is None
    assert read_declaration("frobnicate 3d") is None
