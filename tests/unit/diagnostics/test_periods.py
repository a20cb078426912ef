"""Periods as people write them."""

from datetime import timedelta

import pytest

from core.diagnostics.periods import DAY, HOUR, MONTH, WEEK, BadPeriodError, parse_period, split_request


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1h", HOUR), ("24h", DAY), ("7d", WEEK), ("30d", MONTH), ("90 min", timedelta(minutes=90)),
        ("сутки", DAY), ("Неделя", WEEK), ("неделю", WEEK), ("месяц", MONTH), ("час", HOUR), ("24ч", DAY),
        ("3 дня", 3 * DAY), ("2 суток", 2 * DAY), ("12 часов", 12 * HOUR), ("1 день", DAY), ("7 дн.", WEEK),
        ("week", WEEK), ("2 weeks", 2 * WEEK), ("1 day", DAY),
    ],
)  # fmt: skip
def test_periods_are_read_in_both_languages(written: str, meant: timedelta) -> None:
    assert parse_period(written) == meant


@pytest.mark.parametrize("written", ["", "7", "soon", "-3d", "5 min", "400d", "9999 weeks", "2 day", "1e3h", "🙂"])
def test_what_is_no_usable_period_is_refused(written: str) -> None:
    with pytest.raises(BadPeriodError):
        parse_period(written)


@pytest.mark.parametrize(
    ("request_", "machine", "period"),
    [
        ("press 2", "press 2", None),
        ("press 2 7d", "press 2", WEEK),
        ("пресс 2 неделя", "пресс 2", WEEK),
        ("пресс за 3 дня", "пресс", 3 * DAY),
        ("hpu-7 for 2 weeks", "hpu-7", 2 * WEEK),
        ("гидростанция за сутки", "гидростанция", DAY),
        ("24h", "", DAY),
        ("", "", None),
    ],
)
def test_a_request_is_a_machine_and_perhaps_a_period(request_: str, machine: str, period: timedelta | None) -> None:
    assert split_request(request_) == (machine, period)
