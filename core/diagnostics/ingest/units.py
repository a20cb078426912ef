"""Units as devices and people write them, in English and Russian, and how one becomes another (by `pint`)."""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pint import UnitRegistry

ISO_CODE = "ISO 4406 code"
"""Numbers on ISO 4406's scale are logarithmic codes: nothing converts to or from them."""

_SPELLED = {
    "bar": ("бар", "barg", "bar(g)"),
    "millibar": ("mbar", "мбар"),
    "megapascal": ("MPa", "МПа", "mpa"),
    "kilopascal": ("kPa", "кПа", "kpa"),
    "pascal": ("Pa", "Па"),
    "psi": ("PSI", "psig", "psi(g)"),
    "kilogram_force/centimeter**2": ("kgf/cm2", "kgf/cm²", "kgf/cm^2", "kg/cm2", "кгс/см2", "кгс/см²"),
    "standard_atmosphere": ("atm", "атм"),
    "degree_Celsius": ("degC", "°C", "°С", "C", "℃", "deg C", "град"),
    "degree_Fahrenheit": ("degF", "°F", "F", "deg F"),
    "kelvin": ("K", "К"),
    "liter/minute": ("l/min", "L/min", "lpm", "LPM", "л/мин"),
    "liter/second": ("l/s", "L/s", "л/с"),
    "meter**3/hour": ("m3/h", "m³/h", "м3/ч", "м³/ч"),
    "gallon/minute": ("GPM", "gpm", "gal/min", "US gpm"),
    "millimeter/second": ("mm/s", "мм/с"),
    "meter/second": ("m/s", "м/с"),
    "inch/second": ("in/s", "ips"),
    "meter/second**2": ("m/s2", "m/s²", "м/с2", "м/с²"),
    "revolution/minute": ("rpm", "RPM", "об/мин", "1/min", "min-1"),
    # Of a speed; to pint a hertz is a radian a second.
    "revolution/second": ("Hz", "Гц", "rps", "об/с"),
    "percent": ("%", "pct"),
    "dimensionless": ("1", "ratio"),
    "watt": ("W", "Вт"),
    "kilowatt": ("kW", "кВт"),
    "metric_horsepower": ("PS", "л.с."),
    "horsepower": ("hp", "HP"),
    "millimeter": ("mm", "мм"),
    "centimeter": ("cm", "см"),
    "meter": ("m", "м"),
    "inch": ("in",),
    "liter": ("l", "L", "л"),
}
_NAMES = {spelled: name for name, ways in _SPELLED.items() for spelled in (name, *ways)}
_PLAUSIBLE = re.compile(r"[A-Za-zµμ°%_]+(?:[*/·][A-Za-zµμ°%_]+|\*\*[23])*", re.ASCII)
"""What may be asked of pint: it evaluates arithmetic, and nobody's device shall have powers of powers computed."""
_LONGEST = 40
_EXACT_DIGITS = 15
"""Factors such as 10.000000000000002 bar/MPa come from rounding inside pint."""


class Conversion(NamedTuple):
    """Makes a value into one of another unit: `value * factor + offset`."""

    factor: float
    offset: float


SAME = Conversion(1.0, 0.0)


class UnknownUnitError(ValueError):
    """Nobody knows such a unit."""


class WrongUnitError(ValueError):
    """The units are of different quantities."""


@lru_cache(maxsize=4096)
def conversion(given: str, wanted: str) -> Conversion:
    """Return what makes a value in `given` one in `wanted`.

    Raises:
        UnknownUnitError: `given` is no unit.
        WrongUnitError: nothing in `given` can be told in `wanted`.
    """
    if given in ("", wanted):
        return SAME
    if ISO_CODE in (given, wanted):
        raise WrongUnitError(f"{given} is not {wanted}")
    source, target = unit_name(given), unit_name(wanted)
    if source == target:
        return SAME
    return _converted(source, target)


def check_unit(unit: str) -> None:
    """Accept `unit` if it is one.

    Raises:
        UnknownUnitError.
    """
    name = unit_name(unit)
    _converted(name, name)


def unit_name(spelled: str) -> str:
    """Return pint's name of a unit."""
    text = " ".join(spelled.split())
    if (name := _NAMES.get(text) or _NAMES.get(text.casefold())) is not None:
        return name
    if len(text) > _LONGEST or not _PLAUSIBLE.fullmatch(text):
        raise UnknownUnitError(f"{spelled[:_LONGEST]!r} is no unit")
    return text


def _converted(source: str, target: str) -> Conversion:
    from pint.errors import DimensionalityError, PintError

    registry = _registry()
    try:
        zero, hundred = (registry.Quantity(value, source).m_as(target) for value in (0.0, 100.0))
    except DimensionalityError as error:
        raise WrongUnitError(str(error)) from error
    except (PintError, AttributeError, TypeError, ValueError) as error:
        raise UnknownUnitError(f"{source!r} is no unit") from error
    return Conversion(tidy((hundred - zero) / 100.0), tidy(zero))


@cache
def _registry() -> "UnitRegistry[float]":
    from pint import UnitRegistry  # a quarter of a second, and most readings come in their sensor's unit

    return UnitRegistry()


def tidy(number: float) -> float:
    """Return `number` without the last digits, which arithmetic made up."""
    return float(f"{number:.{_EXACT_DIGITS}g}")
