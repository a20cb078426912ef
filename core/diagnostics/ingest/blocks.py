"""Readings as they came, before anybody looked at them; and those that can't be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum

from core.diagnostics.ingest.times import Scalar


class Reason(StrEnum):
    """Why a reading can't be trusted."""

    UNPARSABLE = "unparsable"  # no JSON object, no line of this table, a part is missing
    UNKNOWN_SENSOR = "unknown_sensor"
    UNKNOWN_UNIT = "unknown_unit"  # nobody knows such a unit
    WRONG_UNIT = "wrong_unit"  # known, but of something else than the sensor measures
    BAD_TIME = "bad_time"  # no time, or none with an offset from UTC
    FUTURE = "future"
    ANCIENT = "ancient"  # a clock that was never set
    BAD_VALUE = "bad_value"  # not a number
    NOT_FINITE = "not_finite"
    IMPOSSIBLE = "impossible"  # no such quantity in nature, or beyond what any sensor of its kind can tell
    BAD_QUALITY = "bad_quality"


@dataclass(frozen=True, slots=True)
class Fields:
    """The parts of a refused reading, as text: what a replay reads again."""

    sensor: str
    time: str
    value: str
    unit: str
    quality: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A reading for the quarantine: why, and the very bytes that came. No fields where it could not be parsed."""

    reason: Reason
    raw: bytes
    fields: Fields | None = None


@dataclass(slots=True)
class Block:
    """Equally long columns. A sensor is `machine/sensor` by codes, its number, or a name mapped to one; an empty unit
    is the sensor's own, an empty quality good. `refused` is what the parser could make nothing of."""

    sensors: Sequence[str]
    times: Sequence[Scalar]
    values: Sequence[Scalar]
    units: Sequence[str]
    qualities: Sequence[Scalar]
    raws: Sequence[bytes | str]
    zone: tzinfo | None = None
    refused: list[Refused] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sensors) + len(self.refused)

    def refuse(self, row: int, reason: Reason) -> Refused:
        """Return `row` as it goes into quarantine."""
        raw = self.raws[row]
        parts = (self.sensors[row], self.times[row], self.values[row], self.units[row], self.qualities[row])
        return Refused(reason, raw if isinstance(raw, bytes) else raw.encode(), Fields(*map(str, parts)))
