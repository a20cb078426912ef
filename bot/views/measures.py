"""Numbers, units, spans and moments as people of each language write them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.i18n import Text
from core.database import Names
from core.diagnostics.unit_systems import converted, reading_unit

_UNITS = {
    "bar": "sensors-unit-bar",
    "l/min": "sensors-unit-flow",
    "degC": "sensors-unit-celsius",
    "mm/s": "sensors-unit-vibration",
    "ISO 4406 code": "sensors-unit-iso4406",
    "rpm": "sensors-unit-speed",
    "kW": "sensors-unit-power",
    "psi": "sensors-unit-psi",
    "degF": "sensors-unit-fahrenheit",
    "gal/min": "sensors-unit-gallons",
    "in/s": "sensors-unit-inches-per-second",
    "in": "sensors-unit-inch",
    "hp": "sensors-unit-horsepower",
}
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"


def name(names: Names, text: Text) -> str:
    """Return the name in the reader's language, else in any."""
    return names.get(text.language) or next(iter(names.values()), "")


def number(value: float, text: Text, *, signed: bool = False) -> str:
    """Write `value` with three significant digits, no trailing zeros, and the language's decimal sign."""
    decimals = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    written = f"{abs(value):,.{decimals}f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    sign = "" if written == "0" else _MINUS if value < 0 else "+" if signed else ""
    return sign + _localised(written, text)


def decimal(value: float, text: Text, places: int) -> str:
    """Write `value` with a fixed number of decimals."""
    return _localised(f"{value:.{places}f}", text)


def reading(value: float, unit_code: str, text: Text) -> str:
    """Write a sensor's value in the unit the reader has chosen, without that unit."""
    return number(shown(value, unit_code, text), text)


def together(*values: float, unit_code: str, text: Text) -> str:
    """Write values of a sensor that belong on one line: "1.2 / 1.5 / 2"."""
    return f"{_SPACE}/{_SPACE}".join(reading(value, unit_code, text) for value in values)


def shown(value: float, unit_code: str, text: Text) -> float:
    """Return a value in the unit the reader has chosen."""
    return converted(value, reading_unit(unit_code, text.units)[1])


def change(difference: float, unit_code: str, text: Text) -> float:
    """Return a difference of two values, or a slope, in the unit the reader has chosen."""
    return difference * reading_unit(unit_code, text.units)[1].factor


def _localised(written: str, text: Text) -> str:
    written = written.replace(",", _NARROW_SPACE)
    return written.replace(".", ",") if text.language == "ru" else written


def unit(code: str, text: Text) -> str:
    """Return the unit that the reader has chosen, in their language; one that is not known is shown as it is."""
    code, _ = reading_unit(code, text.units)
    return text(_UNITS[code]) if code in _UNITS else code


def measure(value: float, unit_code: str, text: Text) -> str:
    """Write a value with its unit: "7.7 l/min", "58 %", "18 ISO code"."""
    return f"{reading(value, unit_code, text)}{_SPACE}{unit(unit_code, text)}"


def difference(value: float, unit_code: str, text: Text) -> str:
    """Write a difference of two values with its unit."""
    return f"{number(change(value, unit_code, text), text)}{_SPACE}{unit(unit_code, text)}"


def zone_name(zone: ZoneInfo) -> str:
    """Name a time zone: "Europe/Moscow"; a fixed offset as "UTC+5": its IANA name, Etc/GMT-5, turns the sign."""
    if not zone.key.startswith("Etc/GMT"):
        return zone.key
    hours = -int(zone.key.removeprefix("Etc/GMT") or 0)
    return f"UTC{hours:+d}".replace("-", _MINUS)


def span(length: timedelta, text: Text) -> str:
    """Write a span in its one largest whole unit up to days: "45 min", "24 h", "7 d"."""
    minutes = max(round(length.total_seconds() / 60), 0)
    if minutes < 60:
        return text("sensors-minutes", count=minutes)
    hours = minutes // 60
    if hours <= 48:
        return text("sensors-hours", count=hours)
    return text("sensors-days", count=hours // 24)


def moment(time: datetime, zone: ZoneInfo, text: Text) -> str:
    """Write date and time of day in the reader's zone: "22 Nov 14:05", "22.11 14:05"."""
    return f"{date(time, zone, text)} {time.astimezone(zone):%H:%M}"


def dated_moment(time: datetime, zone: ZoneInfo, text: Text) -> str:
    """Write date with year and time of day in the reader's zone: "22 Nov 2026 14:05", "22.11.2026 14:05"."""
    local = time.astimezone(zone)
    return f"{date(time, zone, text)}{'.' if text.language == 'ru' else ' '}{local:%Y %H:%M}"


def date(time: datetime, zone: ZoneInfo, text: Text) -> str:
    """Write the date in the reader's zone, without the year."""
    local = time.astimezone(zone)
    return f"{local:%d.%m}" if text.language == "ru" else f"{local.day} {_MONTHS[local.month - 1]}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Written out, since strftime's depend on the process's locale."""


def table(qualified: str) -> str:
    """Name a table as people do: PostgreSQL's own schema goes without saying."""
    return qualified.removeprefix("public.")
