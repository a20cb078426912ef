"""Time zones as people name them: a city in English or Russian (by CLDR, through Babel), an IANA name, an offset."""

import re
import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location

from core.errors import BadInputError

_OFFSET = re.compile(
    r"(?P<base>utc|gmt|мск|msk)?\s*(?:(?P<sign>[+\-−–])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?)?"
)
_MOSCOW, _MOSCOW_TIME = "Europe/Moscow", {"мск", "msk"}
_MORE_CITIES = Path(__file__).with_name("cities.toml")
_LEAST, _MOST = timedelta(hours=-12), timedelta(hours=14)
_MOST_OFFERED = 8
_ALIKE = 0.75
"""Of 1; a city with a letter wrong is more alike than that."""
_LONGEST = 64

_COMMON = {
    "ru": (
        "Europe/Kaliningrad", "Europe/Minsk", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Almaty",
        "Asia/Tashkent", "Asia/Omsk", "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Irkutsk", "Asia/Yakutsk",
        "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka", "Asia/Tbilisi", "Asia/Dubai", "Europe/Berlin",
    ),
    "en": (
        "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo",
        "Europe/London", "Europe/Berlin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Moscow", "Asia/Dubai",
        "Asia/Karachi", "Asia/Kolkata", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
        "Pacific/Auckland",
    ),
}  # fmt: skip
"""What readers of each language are offered; their neighbourhood is chosen among these."""


class UnknownZoneError(BadInputError):
    """No city, time zone or offset is called that."""

    key = "settings-unknown-zone"


class SeveralZonesError(BadInputError):
    """Several time zones fit: `zones`, the best first."""

    key = "settings-several-zones"

    def __init__(self, zones: Sequence[str]) -> None:
        super().__init__()
        self.zones = tuple(zones)


def find_zone(words: str, now: datetime) -> str:
    """Return the IANA time zone that `words` name. An offset in whole hours is kept as a zone without summer time.

    Raises:
        UnknownZoneError: nothing is called that.
        SeveralZonesError: several fit.
    """
    said = " ".join(words.split())[:_LONGEST]
    exact = {name.casefold(): name for name in available_timezones()}
    if (zone := exact.get(said.casefold().replace(" ", "_"))) is not None:
        return zone
    if said.casefold() in _MOSCOW_TIME:
        return _MOSCOW
    if said and (found := _OFFSET.fullmatch(said.casefold())):
        return _only(_at_offset(_offset(found), now))
    cities = _cities()
    named = cities.get(_plain(said)) or tuple(
        dict.fromkeys(zone for city in get_close_matches(_plain(said), cities, 5, _ALIKE) for zone in cities[city])
    )
    if _plain(said) not in cities and named:
        raise SeveralZonesError(named)  # a guess is asked about
    return _only(named)


def neighbours(zone: ZoneInfo, language: str, now: datetime) -> list[str]:
    """Return common time zones around `zone`, west to east: those whose clocks differ least, itself among them."""
    here = _utc_offset(zone, now)
    near = sorted(_COMMON[language], key=lambda name: abs(_utc_offset(ZoneInfo(name), now) - here))[:_MOST_OFFERED]
    if zone.key not in near:
        near = [zone.key, *near[: _MOST_OFFERED - 1]]
    return sorted(near, key=lambda name: (_utc_offset(ZoneInfo(name), now), name))


def city(zone: ZoneInfo, language: str) -> str:
    """Name the city of a time zone in a language; zones that have none keep their name."""
    if zone.key not in _located():
        return zone.key
    return str(get_timezone_location(zone, locale=language, return_city=True))


def offset(zone: ZoneInfo, now: datetime) -> str:
    """Write how far the zone's clocks are from UTC now: "+3", "−3:30"."""
    minutes = int(_utc_offset(zone, now).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def _offset(found: re.Match[str]) -> timedelta:
    if not found["sign"] and not found["base"]:
        raise UnknownZoneError
    ahead = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    base = timedelta(hours=3) if found["base"] in _MOSCOW_TIME else timedelta(0)
    return base + (ahead if found["sign"] in {None, "+"} else -ahead)


def _at_offset(wanted: timedelta, now: datetime) -> list[str]:
    if not _LEAST <= wanted <= _MOST:
        return []
    hours, rest = divmod(wanted, timedelta(hours=1))
    if rest:
        return sorted(name for name in _located() if _utc_offset(ZoneInfo(name), now) == wanted)
    return [f"Etc/GMT{-hours:+d}" if hours else "UTC"]


def _only(zones: Sequence[str]) -> str:
    if not zones:
        raise UnknownZoneError
    if len(zones) > 1:
        raise SeveralZonesError(zones[:_MOST_OFFERED])
    return zones[0]


def _utc_offset(zone: ZoneInfo, now: datetime) -> timedelta:
    return now.astimezone(zone).utcoffset() or timedelta(0)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").replace("-", " ").split())


@cache
def _located() -> frozenset[str]:
    """Return the zones that are a place, under one name each."""
    territories = get_global("zone_territories")
    return (
        frozenset(name for name in territories if "/" in name and not name.startswith("Etc/")) & available_timezones()
    )


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    """Return the zones of each city that CLDR knows, and of some that it doesn't, by plain names in both languages."""
    found: dict[str, dict[str, None]] = {}
    for name, more in tomllib.loads(_MORE_CITIES.read_text(encoding="utf-8")).items():
        for other in more:
            found.setdefault(_plain(other), {})[name] = None
    for name in sorted(_located()):
        for language in _COMMON:
            found.setdefault(_plain(city(ZoneInfo(name), language)), {})[name] = None
    return {name: tuple(zones) for name, zones in found.items()}
