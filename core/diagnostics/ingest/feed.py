"""Accepted readings, told right after their commit to whoever watches: a Redis stream of bounded length.

A hint and no record: while Redis is away nothing is told, and a reader that falls behind by more than `MAX_BATCHES`
misses what was cut off. Who must see every reading reads `sensor_data`, and uses the stream to know when to look.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.diagnostics.ingest.columns import Columns
from core.diagnostics.ingest.times import EPOCH, MICROSECOND

log = structlog.get_logger(__name__)

STREAM = "hydrodiag:readings"
LIVE = timedelta(minutes=15)
"""Older readings are not told: imports of history and repairs of gaps are no news."""
MAX_BATCHES = 2000
"""About seven minutes of batches at five a second; up to 100 MB, when each is full."""
ROWS_A_BATCH = 2500
NOW = "$"
"""The place in the stream behind everything told so far."""


class Told(NamedTuple):
    """A batch from the stream; reading on from `place` brings the next."""

    place: str
    readings: Columns


class ReadingFeed:
    """Writes the stream and reads it. Batches of one process come in the order of their commits."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def tell(self, readings: Columns, now: datetime) -> None:
        """Tell the live ones among `readings`, which are committed."""
        live = readings.pick(readings.times >= (now - LIVE - EPOCH) // MICROSECOND)
        try:
            for begin in range(0, len(live), ROWS_A_BATCH):
                packed = live.pick(np.arange(begin, min(begin + ROWS_A_BATCH, len(live)))).packed()
                await self._redis.xadd(STREAM, {"rows": packed}, maxlen=MAX_BATCHES, approximate=True)
        except (RedisError, OSError) as error:
            log.warning("accepted readings are not told", error=repr(error))

    async def read(self, place: str = NOW, *, wait_s: float = 1.0, batches: int = 50) -> Sequence[Told]:
        """Return the batches behind `place`, as soon as there is one; none after `wait_s` seconds (fewer than
        `ANSWERS_WITHIN_S`: a longer silence is taken for a fault).

        With `NOW` batches told between two calls are missed: read on from the last batch's place.

        Raises:
            redis.exceptions.RedisError: Redis can't be asked.
        """
        found = await self._redis.xread({STREAM: place}, count=batches, block=max(round(wait_s * 1000), 1))
        return [
            Told(entry.decode(), Columns.unpacked(fields[b"rows"])) for _, entries in found for entry, fields in entries
        ]
