"""Time zones and hours as people type them."""

from contextlib import suppress
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.users.daytimes import BadHoursError, DayHours, parse_hours
from core.users.zones import SeveralZonesError, UnknownZoneError, city, find_zone, neighbours, offset

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("Москва", "Europe/Moscow"),
        ("  new   YORK ", "America/New_York"),
        ("нью-йорк", "America/New_York"),
        ("Пермь", "Asia/Yekaterinburg"),
        ("Челябинск", "Asia/Yekaterinburg"),
        ("Улан-Удэ", "Asia/Irkutsk"),
        ("asia/yekaterinburg", "Asia/Yekaterinburg"),
        ("america/new york", "America/New_York"),
        ("utc", "UTC"),
        ("+0", "UTC"),
        ("+5", "Etc/GMT-5"),
        ("UTC+3", "Etc/GMT-3"),
        ("−3", "Etc/GMT+3"),
        ("мск", "Europe/Moscow"),
        ("МСК+2", "Etc/GMT-5"),
        ("+5:45", "Asia/Kathmandu"),
    ],
)
def test_a_zone_is_found_by_city_name_or_offset(words: str, zone: str) -> None:
    assert find_zone(words, NOW) == zone


@pytest.mark.parametrize("words", ["", "5", "+15", "-13", "+5:17", "Мордор", "/etc/passwd", "../UTC", "x" * 5000, "+"])
def test_what_is_no_zone_is_said_to_be_none(words: str) -> None:
    with pytest.raises(UnknownZoneError):
        find_zone(words, NOW)


def test_a_slip_of_the_pen_and_an_offset_of_several_places_are_asked_about() -> None:
    with pytest.raises(SeveralZonesError) as slip:
        find_zone("Екатеринбрг", NOW)
    assert slip.value.zones[0] == "Asia/Yekaterinburg"
    with pytest.raises(SeveralZonesError) as half:
        find_zone("+5:30", NOW)
    assert "Asia/Kolkata" in half.value.zones


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_zone_or_a_clear_refusal(words: str) -> None:
    zones: tuple[str, ...] = ()
    with suppress(UnknownZoneError):
        try:
            zones = (find_zone(words, NOW),)
        except SeveralZonesError as error:
            zones = error.zones
    assert set(zones) <= available_timezones()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("here", ["Europe/Moscow", "UTC", "Pacific/Kiritimati", "Etc/GMT-5"])
def test_neighbours_hold_the_zone_itself_and_fit_a_phone(language: str, here: str) -> None:
    near = neighbours(ZoneInfo(here), language, NOW)
    assert here in near
    assert len(near) == len(set(near)) == 8


def test_cities_and_offsets_are_named() -> None:
    assert city(ZoneInfo("Asia/Yekaterinburg"), "ru") == "Екатеринбург"
    assert offset(ZoneInfo("Asia/Kathmandu"), NOW) == "+5:45"
    assert offset(ZoneInfo("America/St_Johns"), NOW) == "−3:30"


@pytest.mark.parametrize(
    ("words", "begin", "end"),
    [
        ("22:00-7:00", time(22), time(7)),
        ("22-7", time(22), time(7)),
        ("с 22 до 7:30", time(22), time(7, 30)),
        ("from 8 to 20", time(8), time(20)),
        ("21.30 – 6.45", time(21, 30), time(6, 45)),
        ("16-24", time(16), time(0)),
    ],
)
def test_hours_are_read_as_they_are_said(words: str, begin: time, end: time) -> None:
    assert parse_hours(words) == DayHours(begin, end)
    assert parse_hours(str(DayHours(begin, end))) == DayHours(begin, end)


@pytest.mark.parametrize(
    "words", ["", "22", "22:00-22:00", "0-24", "25-7", "24:30-7", "22:60-7", "night", "1-2-3", "2²-7"]
)
def test_what_are_no_hours_is_said_to_be_none(words: str) -> None:
    with pytest.raises(BadHoursError):
        parse_hours(words)
