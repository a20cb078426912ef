"""Readings as JSON objects, one a line or one a message.

`{"sensor": "press-2/pressure", "time": "2026-03-02T08:00:00Z", "value": 182.4, "unit": "bar", "quality": "good"}`; with
`"machine"` the sensor is that machine's. Several of one moment: `{"machine": "press-2", "time": ..., "values":
{"pressure": 182.4, "flow": 96.1}}`. Unit and quality may be left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

import orjson

from core.diagnostics.ingest.blocks import Block, Reason, Refused
from core.diagnostics.ingest.times import Scalar

_TIMES = ("time", "ts", "timestamp")


class Row(NamedTuple):
    """A reading's parts, in the order of a block's columns."""

    sensor: str
    time: Scalar
    value: Scalar
    unit: Scalar
    quality: Scalar
    raw: bytes | str


def read_json_lines(lines: Iterable[bytes], zone: tzinfo | None = None) -> Block:
    """Read `lines`, each an object."""
    rows, refused = list[Row](), list[Refused]()
    for line in lines:
        try:
            rows.extend(rows_of(orjson.loads(line), line))
        except (ValueError, TypeError):
            refused.append(Refused(Reason.UNPARSABLE, line))
    return block_of(rows, refused, zone)


def block_of(rows: list[Row], refused: list[Refused], zone: tzinfo | None = None) -> Block:
    """Return rows as columns."""
    if not rows:
        return Block((), (), (), (), (), (), zone, refused)
    sensors, times, values, units, qualities, raws = zip(*rows, strict=True)
    return Block(sensors, times, values, tuple(map(str, units)), qualities, raws, zone, refused)


def rows_of(
    record: object, raw: bytes | str, *, machine: str = "", sensor: str = "", received: Scalar = ""
) -> Iterator[Row]:
    """Return the readings of a parsed object; what it does not name comes from the arguments.

    Raises:
        TypeError: it is no object, or has no value.
    """
    if not isinstance(record, Mapping):
        raise TypeError("no object")
    machine = str(record.get("machine", machine))
    time = next((_scalar(record[name]) for name in _TIMES if name in record), received)
    unit, quality = _scalar(record.get("unit")), _scalar(record.get("quality"))
    values = record.get("values")
    if isinstance(values, Mapping) and values:
        for name, value in values.items():
            yield Row(full_name(machine, str(name)), time, _scalar(value), unit, quality, raw)
    elif "value" in record and (name := str(record.get("sensor", sensor))):
        yield Row(full_name(machine, name), time, _scalar(record["value"]), unit, quality, raw)
    else:
        raise TypeError("no value, or of no sensor")


def full_name(machine: str, sensor: str) -> str:
    """Return how a sensor is looked up."""
    return f"{machine}/{sensor}" if machine and "/" not in sensor else sensor


def _scalar(value: Any) -> Scalar:
    if type(value) in (str, int, float):
        return value  # type: ignore[no-any-return]
    return "" if value is None else orjson.dumps(value).decode()
