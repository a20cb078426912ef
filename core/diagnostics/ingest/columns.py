"""Readings as columns: what the pipeline computes with, and what PostgreSQL's binary COPY reads without a detour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from core.diagnostics.ingest.times import EPOCH, MICROSECOND

_POSTGRES_EPOCH_US = 946_684_800_000_000
"""2000-01-01 in microseconds of the Unix epoch: where PostgreSQL's binary timestamps begin."""
_COPY_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_TAIL = b"\xff\xff"
_COPY_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("sensor_size", ">i4"),
        ("sensor", ">i4"),
        ("time_size", ">i4"),
        ("time", ">i8"),
        ("value_size", ">i4"),
        ("value", ">f8"),
        ("quality_size", ">i4"),
        ("quality", ">i2"),
    ]
)
"""A row of (integer, timestamptz, double precision, smallint): PostgreSQL's documentation of COPY, "Binary Format"."""
HOUR = 3_600_000_000
"""In microseconds."""
_PACKED_ROW = np.dtype([("sensor", "<i4"), ("time", "<i8"), ("value", "<f8"), ("quality", "i1")])


class Spans(TypedDict):
    """Sensors, and the first and the last of some of their readings: equally long lists."""

    sensors: list[int]
    firsts: list[datetime]
    lasts: list[datetime]


class NewReading(NamedTuple):
    """A reading on its way in: the columns of `sensor_data`, in its order."""

    sensor_id: int
    time: datetime
    value: float
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Equally long columns; `times` are microseconds of the Unix epoch, `values` in each sensor's unit."""

    sensors: NDArray[np.int32]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    qualities: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.sensors)

    @classmethod
    def of(cls, readings: Iterable[NewReading]) -> "Columns":
        """Return `readings` as columns."""
        rows = list(readings)
        return cls(
            np.fromiter((row.sensor_id for row in rows), np.int32, len(rows)),
            np.fromiter(((row.time - EPOCH) // MICROSECOND for row in rows), np.int64, len(rows)),
            np.fromiter((row.value for row in rows), np.float64, len(rows)),
            np.fromiter((row.quality for row in rows), np.int16, len(rows)),
        )

    @classmethod
    def joined(cls, parts: "Iterable[Columns]") -> "Columns":
        """Return `parts` one behind the other."""
        known = [part for part in parts if len(part)] or [cls.of(())]
        return cls(
            np.concatenate([part.sensors for part in known]),
            np.concatenate([part.times for part in known]),
            np.concatenate([part.values for part in known]),
            np.concatenate([part.qualities for part in known]),
        )

    def pick(self, which: NDArray[Any]) -> "Columns":
        """Return the rows that `which`, a mask or indexes, names."""
        return Columns(self.sensors[which], self.times[which], self.values[which], self.qualities[which])

    def latest(self) -> "Columns":
        """Return one row per (sensor, time), the last of each, in the order of the table's key."""
        order = np.lexsort((self.times, self.sensors))
        sensors, times = self.sensors[order], self.times[order]
        last = np.ones(len(order), bool)
        last[:-1] = (sensors[1:] != sensors[:-1]) | (times[1:] != times[:-1])
        return self.pick(order[last])

    def spans(self, width_us: int | None = None) -> Spans:
        """Return the first and last times of each sensor (per `width_us`, if given) of rows in the key's order."""
        stretches = self.times // width_us if width_us else np.zeros(len(self), np.int64)
        begins = np.ones(len(self), bool)
        begins[1:] = (self.sensors[1:] != self.sensors[:-1]) | (stretches[1:] != stretches[:-1])
        firsts = np.flatnonzero(begins)
        lasts = np.append(firsts[1:], len(self)) - 1
        return {
            "sensors": self.sensors[firsts].tolist(),
            "firsts": [self.moment(row) for row in firsts],
            "lasts": [self.moment(row) for row in lasts],
        }

    def moment(self, row: int | np.intp) -> datetime:
        """Return the time of `row`."""
        return EPOCH + timedelta(microseconds=int(self.times[row]))

    def copy_stream(self) -> BytesIO:
        """Return the rows as PostgreSQL's binary COPY reads them."""
        rows = np.empty(len(self), _COPY_ROW)
        rows["fields"] = 4
        rows["sensor_size"], rows["sensor"] = 4, self.sensors
        rows["time_size"], rows["time"] = 8, self.times - _POSTGRES_EPOCH_US
        rows["value_size"], rows["value"] = 8, self.values
        rows["quality_size"], rows["quality"] = 2, self.qualities
        return BytesIO(b"".join((_COPY_HEAD, rows.tobytes(), _COPY_TAIL)))

    def packed(self) -> bytes:
        """Return the rows in 21 bytes each; `unpacked` reads them."""
        rows = np.empty(len(self), _PACKED_ROW)
        rows["sensor"], rows["time"] = self.sensors, self.times
        rows["value"], rows["quality"] = self.values, self.qualities
        return rows.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> "Columns":
        """Return what `packed` wrote."""
        rows = np.frombuffer(data, _PACKED_ROW)
        return cls(
            rows["sensor"].astype(np.int32),
            rows["time"].astype(np.int64),
            rows["value"].astype(np.float64),
            rows["quality"].astype(np.int16),
        )
