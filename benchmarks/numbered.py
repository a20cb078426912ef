"""Readings that are known by their number: how each is sent, and what must have become of all of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from benchmarks.rig import SENSORS

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BAD_EVERY = 500
_BAD = (
    ("unknown_sensor", "rig/no-such", None, "bar"),
    ("wrong_unit", "rig/s0", None, "degC"),
    ("impossible", "rig/s0", "-99", "bar"),
    ("bad_value", "rig/s0", "off", "bar"),
    ("future", "rig/s0", None, "bar"),
)
_FUTURE = timedelta(days=36_500)
_STORED = "SELECT s.code, d.time, d.value FROM sensor_data d JOIN sensors s ON s.id = d.sensor_id"
_REFUSED = "SELECT reason, time, count(*) FROM quarantined_readings GROUP BY reason, time"


@dataclass(frozen=True, slots=True)
class Numbered:
    """Reading number `n` as it is sent, and what must become of it: a value, or a reason."""

    sensor: str
    time: datetime
    value: str
    unit: str
    reason: str = ""

    @classmethod
    def of(cls, n: int) -> "Numbered":
        """Make the reading; its time and sensor are its own."""
        moment, value = BEGIN + timedelta(seconds=n // SENSORS), f"{100 + n % 1000 / 10}"
        if n % BAD_EVERY:
            return cls(f"rig/s{n % SENSORS}", moment, value, "bar")
        reason, sensor, wrong, unit = _BAD[n // BAD_EVERY % len(_BAD)]
        return cls(sensor, moment + _FUTURE if reason == "future" else moment, wrong or value, unit, reason)

    def as_csv(self) -> str:
        """Return a line."""
        return f"{self.sensor},{self.time.isoformat()},{self.value},{self.unit}"

    def as_record(self) -> dict[str, str]:
        """Return a JSON object."""
        return {"sensor": self.sensor, "time": self.time.isoformat(), "value": self.value, "unit": self.unit}


def as_csv_file(first: int, last: int) -> str:
    """Return the readings from number `first` up to, not including, `last`."""
    return "\n".join(["sensor,time,value,unit", *(Numbered.of(n).as_csv() for n in range(first, last))]) + "\n"


async def compared(url: str, readings: int) -> dict[str, int]:
    """Compare tables with what was sent."""
    connection = await asyncpg.connect(url)
    stored = {(f"rig/{code}", at): value for code, at, value in await connection.fetch(_STORED)}
    refused = Counter({(reason, at): count for reason, at, count in await connection.fetch(_REFUSED)})
    await connection.close()
    good = bad = wrong = lost = 0
    for part in map(Numbered.of, range(readings)):
        if part.reason:
            count = refused.pop((part.reason, part.time.isoformat()), 0)
            bad += count == 1
            lost += count == 0
            wrong += max(count - 1, 0)
        elif (value := stored.pop((part.sensor, part.time), None)) is None:
            lost += 1
        else:
            good += value == float(part.value)
            wrong += value != float(part.value)
    return {
        "in_table": good,
        "in_quarantine": bad,
        "lost": lost,
        "doubled": len(stored) + refused.total(),
        "wrong": wrong,
    }
