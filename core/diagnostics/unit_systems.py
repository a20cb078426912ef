"""Values in the units a person reads: what a sensor tells in bar is psi to those who think in imperial units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.diagnostics.ingest.units import SAME, Conversion, UnknownUnitError, WrongUnitError, conversion, unit_name
from core.diagnostics.summary import Bucket, Limits, SensorSummary
from core.users.models import Units

_WANTED = {
    Units.IMPERIAL: {
        "bar": "psi",
        "millibar": "psi",
        "megapascal": "psi",
        "kilopascal": "psi",
        "pascal": "psi",
        "kilogram_force/centimeter**2": "psi",
        "standard_atmosphere": "psi",
        "degree_Celsius": "degF",
        "kelvin": "degF",
        "liter/minute": "gal/min",
        "liter/second": "gal/min",
        "meter**3/hour": "gal/min",
        "millimeter/second": "in/s",
        "meter/second": "in/s",
        "watt": "hp",
        "kilowatt": "hp",
        "metric_horsepower": "hp",
        "millimeter": "in",
        "centimeter": "in",
        "meter": "in",
    },
    Units.METRIC: {
        "psi": "bar",
        "degree_Fahrenheit": "degC",
        "gallon/minute": "l/min",
        "inch/second": "mm/s",
        "horsepower": "kW",
        "inch": "mm",
    },
}
"""By the name that `ingest.units` gives a unit. What is in no list is read by everybody as the sensor tells it."""


@lru_cache(maxsize=1024)
def reading_unit(unit: str, units: Units) -> tuple[str, Conversion]:
    """Return the unit that values in `unit` are read in, and what makes them into it."""
    try:
        wanted = _WANTED[units].get(unit_name(unit), unit)
        return wanted, conversion(unit, wanted)
    except (UnknownUnitError, WrongUnitError):
        return unit, SAME


def converted(value: float, how: Conversion) -> float:
    """Return `value` in the other unit."""
    return value * how.factor + how.offset


def limits_in(limits: Limits, unit: str, units: Units) -> Limits:
    """Return limits given in `unit` as they are read."""
    _, how = reading_unit(unit, units)
    edges = (limits.warning_low, limits.warning_high, limits.critical_low, limits.critical_high)
    return Limits(*(None if edge is None else converted(edge, how) for edge in edges))


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn of a sensor, all in one unit; `last` is the newest value."""

    series: Sequence[Bucket]
    limits: Limits
    last: float | None


def curve_in(sensor: SensorSummary, units: Units) -> Curve:
    """Return a sensor's period as it is read."""
    status, unit = sensor.status, sensor.status.sensor.unit
    _, how = reading_unit(unit, units)
    last = None if status.last is None else converted(status.last.value, how)
    series = sensor.series if how == SAME else [_bucket(bucket, how) for bucket in sensor.series]
    return Curve(series, limits_in(status.limits, unit, units), last)


def _bucket(bucket: Bucket, how: Conversion) -> Bucket:
    low, mean, high = (converted(value, how) for value in (bucket.minimum, bucket.mean, bucket.maximum))
    return replace(bucket, minimum=low, mean=mean, maximum=high)
