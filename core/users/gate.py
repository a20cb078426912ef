"""The gate that every update passes: how much somebody writes, how much is written in all, and whether they changed.

All of it is one round trip to Redis. Who goes on far beyond the limit is not even asked about any more: that costs the
process a look into a dict, and them a message.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from redis.asyncio import Redis

from core.users.news import VERSION_PREFIX

WINDOW_S = 60
_PREFIX = "hydrodiag:updates:"
_ALL = "hydrodiag:updates"
_DEAF_AT = 2
"""Times the limit from which the process stops counting until the window ends."""
_MOST_DEAF = 100_000
_SCRIPT = """
local mine = redis.call('INCR', KEYS[1])
if mine == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
local all = redis.call('INCR', KEYS[2])
if all == 1 then redis.call('EXPIRE', KEYS[2], 1) end
return {mine, redis.call('TTL', KEYS[1]), all, tonumber(redis.call('GET', KEYS[3]) or '0')}
"""


class Verdict(Enum):
    """What becomes of an update."""

    PASS = auto()
    TOO_MANY = auto()  # the first one too many: its author is told
    BUSY = auto()  # too many from everybody together
    DROP = auto()


@dataclass(frozen=True, slots=True)
class Passage:
    """The verdict, how long it holds (seconds), and the version that a cached actor must have."""

    verdict: Verdict
    seconds: int
    version: int


class Gate:
    """Counts updates: `per_minute` for each person, `per_second` for all of them."""

    def __init__(
        self, redis: Redis, *, per_minute: int, per_second: int, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._per_minute = per_minute
        self._per_second = per_second
        self._seconds = seconds
        self._deaf_until: dict[int, float] = {}

    def is_deaf_to(self, user_id: int) -> bool:
        """Tell whether this person's updates are dropped without a look."""
        until = self._deaf_until.get(user_id)
        if until is None:
            return False
        if until > self._seconds():
            return True
        del self._deaf_until[user_id]
        return False

    async def enter(self, user_id: int) -> Passage:
        """Count an update of this person.

        Raises:
            RedisError, OSError: nothing can be counted.
        """
        keys = [f"{_PREFIX}{user_id}", _ALL, f"{VERSION_PREFIX}{user_id}"]
        mine, left, all_, version = await self._script(keys=keys, args=[WINDOW_S])
        verdict = self._judge(mine, all_)
        if mine >= self._per_minute * _DEAF_AT:
            self._turn_deaf(user_id, max(left, 1))
        return Passage(verdict, max(left, 1), version)

    def _judge(self, mine: int, all_: int) -> Verdict:
        if mine > self._per_minute:
            return Verdict.TOO_MANY if mine == self._per_minute + 1 else Verdict.DROP
        return Verdict.BUSY if all_ > self._per_second else Verdict.PASS

    def _turn_deaf(self, user_id: int, seconds: int) -> None:
        if len(self._deaf_until) >= _MOST_DEAF:
            self._deaf_until.clear()  # an army of flooders: counting them again is cheaper than remembering all
        self._deaf_until[user_id] = self._seconds() + seconds
