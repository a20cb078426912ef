"""Numbers, spans and moments as each language writes them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import text_for
from bot.views import measures
from demo.plant import MACHINES

EN, RU = text_for("en"), text_for("ru")


@pytest.mark.parametrize(
    ("value", "en", "ru"),
    [
        (7.876, "7.88", "7,88"),
        (50.04, "50", "50"),
        (50.16, "50.2", "50,2"),
        (249.6, "250", "250"),
        (99.97, "100", "100"),
        (12345.0, "12\u202f345", "12\u202f345"),
        (-0.001, "0", "0"),
        (-3.5, "−3.5", "−3,5"),
        (0.0, "0", "0"),
    ],
)
def test_numbers_have_three_digits_and_the_languages_sign(value: float, en: str, ru: str) -> None:
    assert (measures.number(value, EN), measures.number(value, RU)) == (en, ru)


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(seconds=20), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=49), "2 d"),
        (timedelta(days=30), "30 d"),
    ],
)
def test_spans_are_written_in_their_largest_unit(length: timedelta, written: str) -> None:
    assert measures.span(length, EN) == written


def test_moments_are_in_the_readers_zone_and_format() -> None:
    time = datetime(2026, 3, 1, 22, 5, tzinfo=UTC)
    assert measures.moment(time, ZoneInfo("UTC"), EN) == "1 Mar 22:05"
    assert measures.moment(time, ZoneInfo("Europe/Moscow"), RU) == "02.03 01:05"


def test_every_unit_of_the_plant_has_words_in_russian() -> None:
    units = {sensor.unit for machine in MACHINES.values() for sensor in machine.sensors}
    same = {unit for unit in units if measures.unit(unit, RU) == unit}
    assert same == {"%"}
    assert measures.unit("furlong", RU) == "furlong"


def test_a_moment_of_another_year_says_its_year() -> None:
    moment = datetime(2026, 11, 5, 21, 30, tzinfo=UTC)
    moscow = ZoneInfo("Europe/Moscow")
    assert measures.dated_moment(moment, moscow, text_for("en")) == "6 Nov 2026 00:30"
    assert measures.dated_moment(moment, moscow, text_for("ru")) == "06.11.2026 00:30"
