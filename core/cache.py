"""What was worked out before, kept in Redis for a while: one caller at a time works out what is missing.

Keys are digests of everything that a value depends on, so nothing is ever changed or invalidated in place: where an
input changes, the old entry can't be found any more, and its time to live removes it. Without Redis everything is
worked out anew, which is slower.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.metrics import CACHE_REQUESTS

log = structlog.get_logger(__name__)

_PREFIX = "hydrodiag:cache:"
_BUDGET_S = 0.25
"""Longer than that no look-up may take: working it out anew is not much slower."""
_PAUSE_S = 5.0
"""After a failure Redis is left alone for so long, or each question would wait for it several times."""
_FAILURES = (RedisError, OSError)  # a time-out is an OSError


@dataclass(frozen=True, slots=True)
class Space:
    """A kind of entries, and their time to live in seconds."""

    name: str
    ttl_s: int


@dataclass(slots=True)
class _Flight:
    """What callers with the same key share while any of them is at work."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    value: bytes | None = None


class Turn:
    """One caller's turn at a key: `value` is what was found, None where it has to be worked out, and `keep` it then."""

    def __init__(self, cache: "Cache", space: Space, key: str, flight: _Flight, value: bytes | None) -> None:
        self.value = value
        self._cache = cache
        self._space = space
        self._key = key
        self._flight = flight

    async def keep(self, value: bytes) -> None:
        """Keep what was worked out, for those who wait as well."""
        self.value = self._flight.value = value
        await self._cache.put(self._space, self._key, value)


class Cache:
    """Bytes by space and key. Nothing here raises when Redis fails."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._flights: dict[tuple[str, str], _Flight] = {}
        self._not_before = float("-inf")

    async def get(self, space: Space, *keys: str) -> list[bytes | None]:
        """Return the value of each key, None where there is none."""
        found: list[bytes | None] | None = None
        if keys and time.monotonic() >= self._not_before:
            try:
                async with asyncio.timeout(_BUDGET_S):
                    found = await self._redis.mget([_name(space, key) for key in keys])
            except _FAILURES as error:
                self._failed(error)
        values = found or [None] * len(keys)
        for value in values:
            outcome = "error" if found is None else "miss" if value is None else "hit"
            CACHE_REQUESTS.labels(space.name, outcome).inc()
        return values

    async def put(self, space: Space, key: str, value: bytes) -> None:
        """Keep `value` for the space's time."""
        if time.monotonic() < self._not_before:
            return
        try:
            async with asyncio.timeout(_BUDGET_S):
                await self._redis.set(_name(space, key), value, ex=space.ttl_s)
        except _FAILURES as error:
            self._failed(error)

    async def drop(self, space: Space, key: str) -> None:
        """Forget the value of `key`."""
        try:
            async with asyncio.timeout(_BUDGET_S):
                await self._redis.delete(_name(space, key))
        except _FAILURES as error:
            self._failed(error)

    def busy(self, space: Space, key: str) -> bool:
        """Tell whether somebody is at work on `key` in this process."""
        return (space.name, key) in self._flights

    @asynccontextmanager
    async def turn(self, space: Space, key: str, *, fresh: bool = False) -> AsyncIterator[Turn]:
        """Wait for one's turn at `key`; where `fresh`, nothing that was kept counts as found.

        Those who waited find what the one before them kept, even without Redis. Where that one failed or was
        cancelled, the next one works it out.
        """
        name = (space.name, key)
        flight = self._flights.setdefault(name, _Flight())
        flight.users += 1
        try:
            async with flight.lock:
                if flight.value is None and not fresh:
                    [flight.value] = await self.get(space, key)
                yield Turn(self, space, key, flight, None if fresh else flight.value)
        finally:
            flight.users -= 1
            if not flight.users:
                del self._flights[name]

    def _failed(self, error: Exception) -> None:
        self._not_before = time.monotonic() + _PAUSE_S
        log.warning("the cache does not answer", error=repr(error), again_in_s=_PAUSE_S)


def digest(*parts: Any) -> str:
    """Return the key of values that depend on `parts` (anything that JSON has, and sequences), in this order."""
    return hashlib.sha256(orjson.dumps(parts, default=_plain)).hexdigest()


def _plain(part: Any) -> Sequence[Any]:
    if isinstance(part, set | frozenset):
        return sorted(part)
    raise TypeError(f"{type(part).__name__} has no place in a key")


def _name(space: Space, key: str) -> str:
    return f"{_PREFIX}{space.name}:{key}"
