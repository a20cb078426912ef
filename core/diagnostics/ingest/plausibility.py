"""What no sensor can truly report, whatever the machine: broken wires, lost bytes, wrong scales."""

from typing import NamedTuple

from core.diagnostics.ingest.units import ISO_CODE, UnknownUnitError, WrongUnitError, conversion
from core.diagnostics.models import Quantity


class Bounds(NamedTuple):
    """The least and the greatest possible value."""

    low: float
    high: float


NO_BOUNDS = Bounds(float("-inf"), float("inf"))

_POSSIBLE: dict[str, tuple[Bounds, str]] = {
    # Gauge: a vacuum is -1.013 bar; 4,000 bar is where water-jet pumps end, ten times what oil hydraulics uses.
    Quantity.PRESSURE: (Bounds(-1.1, 4000.0), "bar"),
    Quantity.FLOW: (Bounds(-20_000.0, 20_000.0), "l/min"),
    # The range of platinum thermometers: IEC 60751.
    Quantity.TEMPERATURE: (Bounds(-200.0, 850.0), "degC"),
    Quantity.VIBRATION: (Bounds(0.0, 1000.0), "mm/s"),
    Quantity.LEVEL: (Bounds(-10.0, 110.0), "%"),
    # ISO 4406:2021 has codes from 0 to 30, 30 for all above.
    Quantity.CLEANLINESS: (Bounds(0.0, 30.0), ISO_CODE),
    Quantity.SPEED: (Bounds(-100_000.0, 100_000.0), "rpm"),
    Quantity.POWER: (Bounds(-50_000.0, 50_000.0), "kW"),
}


def possible(quantity: str, unit: str) -> Bounds:
    """Return the bounds for a sensor of `quantity` in `unit`; none where the unit is not one of the quantity's own."""
    if quantity not in _POSSIBLE:
        return NO_BOUNDS
    bounds, own = _POSSIBLE[quantity]
    try:
        factor, offset = conversion(own, unit)
    except (UnknownUnitError, WrongUnitError):
        return NO_BOUNDS
    return Bounds(bounds.low * factor + offset, bounds.high * factor + offset)
