"""The evidence card: what a machine's own sensors say beside an answer. Its numbers never come from a model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from core.diagnostics.summary import Limits, State
from core.diagnostics.unit_systems import converted, limits_in, reading_unit
from core.rag.conversations import Machine
from core.users.models import Units


@dataclass(frozen=True, slots=True)
class SensorReading:
    """One sensor, cited as `[S<number>]`: now, and over the card's period. Values are in `unit`, None where unknown.

    `per_day` is the slope of a trend that chance hardly explains.
    """

    number: int
    names: dict[str, str]
    quantity: str
    unit: str
    state: State
    limits: Limits
    value: float | None = None
    age_s: float | None = None
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    per_day: float | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A cited passage sets a bound, `stated` word for word, that the sensor's reading is beyond."""

    sensor: int
    passage: int
    stated: str


@dataclass(frozen=True, slots=True)
class SensorCard:
    """The sensors that matter for a question over the last `hours`.

    `changed`: the question switched the conversation to this machine. `well` tells how many sensors were left out, all
    within their limits. Not `readable`: the sensors could not be asked in time.
    """

    machine: Machine
    hours: float
    sensors: tuple[SensorReading, ...] = ()
    well: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    changed: bool = False
    readable: bool = True

    @property
    def period(self) -> timedelta:
        """The period that the numbers are of."""
        return timedelta(hours=self.hours)


_CARD = TypeAdapter(SensorCard)


def to_record(card: SensorCard) -> dict[str, Any]:
    """Return the card as JSON for the log of questions."""
    record: dict[str, Any] = _CARD.dump_python(card, mode="json")
    return record


def from_record(record: Mapping[str, Any]) -> SensorCard:
    """Return the card that `to_record` wrote."""
    return _CARD.validate_python(record)


_UNITS = {"degC": "°C", "degF": "°F"}
_WORDS = {
    "en": {
        "now": "now", "before": "{age} min ago", "silent": "no readings at all", "stale": "silent for {age} min, last",
        "within": "within limits", "beyond": "beyond its limit {limit}", "normal": "normal range {low} to {high}",
        "at_most": "limit at most {high}", "at_least": "limit at least {low}",
        "period": "last {hours} h: lowest {minimum}, mean {mean}, highest {maximum}", "rising": "rising",
        "falling": "falling",
    },
    "ru": {
        "now": "сейчас", "before": "{age} мин назад", "silent": "показаний нет", "stale": "молчит {age} мин, было",
        "within": "в норме", "beyond": "за пределом {limit}", "normal": "норма от {low} до {high}",
        "at_most": "предел не более {high}", "at_least": "предел не менее {low}",
        "period": "за {hours} ч: минимум {minimum}, среднее {mean}, максимум {maximum}", "rising": "растёт",
        "falling": "падает",
    },
}  # fmt: skip


def statements(card: SensorCard, language: str, units: Units = Units.METRIC) -> tuple[str, ...]:
    """Word the card for the model, every number with its unit: `[S1] Oil temperature: now 71.3 °C, beyond...`."""
    return tuple(_statement(_in_units(sensor, units), language, card.hours) for sensor in card.sensors)


def _in_units(sensor: SensorReading, units: Units) -> SensorReading:
    unit, how = reading_unit(sensor.unit, units)
    numbers = (sensor.value, sensor.minimum, sensor.mean, sensor.maximum)
    value, low, mean, high = (None if number is None else converted(number, how) for number in numbers)
    limits = limits_in(sensor.limits, sensor.unit, units)
    return replace(sensor, unit=unit, limits=limits, value=value, minimum=low, mean=mean, maximum=high)


def _statement(sensor: SensorReading, language: str, hours: float) -> str:
    words = _WORDS[language]
    name = sensor.names.get(language) or next(iter(sensor.names.values()), "")
    if sensor.value is None:
        return f"[S{sensor.number}] {name}: {words['silent']}"
    unit = _UNITS.get(sensor.unit, sensor.unit)
    age = round((sensor.age_s or 0) / 60)
    when = words["stale"].format(age=age) if sensor.state is State.STALE else words["now"]
    parts = [f"{when} {figure(sensor.value)} {unit}"]
    if sensor.state is not State.STALE:
        reached = sensor.limits.reached(sensor.value)
        limit = None if reached is None else f"{figure(reached)} {unit}"
        parts.append(words["beyond"].format(limit=limit) if limit else words["within"])
    if bounds := _bounds(sensor, words):
        parts.append(f"{bounds} {unit}")
    if sensor.minimum is not None and sensor.mean is not None and sensor.maximum is not None:
        low, mean, high = (f"{figure(value)} {unit}" for value in (sensor.minimum, sensor.mean, sensor.maximum))
        parts.append(words["period"].format(hours=figure(hours), minimum=low, mean=mean, maximum=high))
    if sensor.per_day:
        parts.append(words["rising" if sensor.per_day > 0 else "falling"])
    return f"[S{sensor.number}] {name}: {', '.join(parts)}"


def _bounds(sensor: SensorReading, words: Mapping[str, str]) -> str:
    low, high = sensor.limits.warning_low, sensor.limits.warning_high
    if low is not None and high is not None:
        return words["normal"].format(low=figure(low), high=figure(high))
    if high is not None:
        return words["at_most"].format(high=figure(high))
    return words["at_least"].format(low=figure(low)) if low is not None else ""


def figure(value: float) -> str:
    """Write a number with three significant digits and no trailing zeros."""
    decimals = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    written = f"{value:.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
