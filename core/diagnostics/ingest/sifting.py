"""The check of every reading, a block at a time: what can be trusted, and what can't and why."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from core.diagnostics.ingest.blocks import Block, Reason, Refused
from core.diagnostics.ingest.columns import Columns
from core.diagnostics.ingest.registry import Registry
from core.diagnostics.ingest.times import (
    EPOCH,
    MICROSECOND,
    NO_QUALITY,
    NO_TIME,
    to_floats,
    to_microseconds,
    to_qualities,
)

FUTURE_TOLERANCE = timedelta(minutes=5)
"""Clocks of controllers are set by hand; more than this is a wrong date or a wrong zone."""
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this no plant had our sensors: 1970 and 1980 are what clocks say that were never set."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """A block's readings: `accepted` in their sensors' units, in the order they came; `refused` with reasons."""

    accepted: Columns
    refused: list[Refused]


def sift(block: Block, registry: Registry, now: datetime) -> Sifted:
    """Check every reading of `block`; each ends either among the accepted or among the refused."""
    resolved = registry.resolve(block.sensors, block.units)
    times = to_microseconds(block.times, block.zone)
    values, readable = to_floats(block.values)
    qualities = to_qualities(block.qualities)
    with np.errstate(over="ignore", invalid="ignore"):
        converted = values * resolved.factors + resolved.offsets
    finite = np.isfinite(converted)
    known = np.ones(len(times), bool)
    known[list(resolved.faults)] = False
    # The last that applies is told, so the most telling comes last.
    told = (
        (known & finite & ((converted < resolved.lows) | (converted > resolved.highs)), Reason.IMPOSSIBLE),
        (qualities == NO_QUALITY, Reason.BAD_QUALITY),
        (~finite, Reason.NOT_FINITE),
        (~readable, Reason.BAD_VALUE),
        (times > (now + FUTURE_TOLERANCE - EPOCH) // MICROSECOND, Reason.FUTURE),
        (times < (OLDEST - EPOCH) // MICROSECOND, Reason.ANCIENT),
        (times == NO_TIME, Reason.BAD_TIME),
    )
    reasons = dict[int, Reason]()
    for mask, reason in told:
        reasons |= dict.fromkeys(np.flatnonzero(mask).tolist(), reason)
    reasons |= resolved.faults
    columns = Columns(resolved.sensors, times, converted, qualities)
    if reasons:
        trusted = np.ones(len(times), bool)
        trusted[list(reasons)] = False
        columns = columns.pick(trusted)
    refused = [block.refuse(row, reason) for row, reason in sorted(reasons.items())]
    return Sifted(columns, block.refused + refused)
