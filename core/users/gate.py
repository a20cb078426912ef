"""The gate that every update passes: how much somebody writes, how much is written in all, and whether they changed.

All of it is one round trip to Redis, which brings a value along that the caller needs as well; those who come in the
same moment make it together, since under load it is most of what an update costs. Who goes on far beyond the limit is
not even asked about any more: that costs the process a look into a dict, and them a message.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain

from redis.asyncio import Redis

from core.users.news import VERSION_PREFIX

WINDOW_S = 60
_PREFIX = "hydrodiag:updates:"
_ALL = "hydrodiag:updates"
_DEAF_AT = 2
"""Times the limit from which the process stops counting until the window ends."""
_MOST_DEAF = 100_000
_SCRIPT = """
local seen = {}
for i = 2, #KEYS, 3 do
  local mine = redis.call('INCR', KEYS[i])
  if mine == 1 then redis.call('EXPIRE', KEYS[i], ARGV[1]) end
  local all = redis.call('INCR', KEYS[1])
  if all == 1 then redis.call('EXPIRE', KEYS[1], 1) end
  local version = tonumber(redis.call('GET', KEYS[i + 1]) or '0')
  seen[#seen + 1] = {mine, redis.call('TTL', KEYS[i]), all, version, redis.call('GET', KEYS[i + 2])}
end
return seen
"""
_NOTHING = "hydrodiag:nothing"
"""A key that nobody sets."""
_Seen = tuple[int, int, int, int, bytes | None]


class Verdict(Enum):
    """What becomes of an update."""

    PASS = auto()
    TOO_MANY = auto()  # the first one too many: its author is told
    BUSY = auto()  # too many from everybody together
    DROP = auto()


@dataclass(frozen=True, slots=True)
class Passage:
    """The verdict, how long it holds (seconds), the version that a cached actor must have, and what was asked for."""

    verdict: Verdict
    seconds: int
    version: int
    value: bytes | None = None


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
        self._waiting: list[tuple[list[str], asyncio.Future[_Seen]]] = []

    def is_deaf_to(self, user_id: int) -> bool:
        """Tell whether this person's updates are dropped without a look."""
        until = self._deaf_until.get(user_id)
        if until is None:
            return False
        if until > self._seconds():
            return True
        del self._deaf_until[user_id]
        return False

    async def enter(self, user_id: int, *, bring: str | None = None) -> Passage:
        """Count an update of this person; bring the value of the key `bring`.

        Raises:
            RedisError, OSError: nothing can be counted.
        """
        keys = [f"{_PREFIX}{user_id}", f"{VERSION_PREFIX}{user_id}", bring or _NOTHING]
        mine, left, all_, version, value = await self._count(keys)
        verdict = self._judge(mine, all_)
        if mine >= self._per_minute * _DEAF_AT:
            self._turn_deaf(user_id, max(left, 1))
        return Passage(verdict, max(left, 1), version, value)

    async def _count(self, keys: list[str]) -> _Seen:
        """Count together with whoever comes before the event loop has gone round once: the first one asks for all."""
        seen: asyncio.Future[_Seen] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, seen))
        if len(self._waiting) == 1:
            try:
                await asyncio.sleep(0)
            finally:
                together, self._waiting = self._waiting, []
                await self._ask_for(together)
        return await seen

    async def _ask_for(self, together: list[tuple[list[str], asyncio.Future[_Seen]]]) -> None:
        """Give each of them what they wait for, or the fault; whoever was cancelled meanwhile does not mind."""
        try:
            answers = await self._script(keys=[_ALL, *chain(*(keys for keys, _ in together))], args=[WINDOW_S])
        except BaseException as error:
            fault = error if isinstance(error, Exception) else ConnectionError("whoever asked was cancelled")
            for _, seen in together[1:]:
                if not seen.done():
                    seen.set_exception(fault)
            raise
        for (_, seen), answer in zip(together, answers, strict=True):
            if not seen.done():
                seen.set_result(answer)

    def _judge(self, mine: int, all_: int) -> Verdict:
        if mine > self._per_minute:
            return Verdict.TOO_MANY if mine == self._per_minute + 1 else Verdict.DROP
        return Verdict.BUSY if all_ > self._per_second else Verdict.PASS

    def _turn_deaf(self, user_id: int, seconds: int) -> None:
        if len(self._deaf_until) >= _MOST_DEAF:
            self._deaf_until.clear()  # an army of flooders: counting them again is cheaper than remembering all
        self._deaf_until[user_id] = self._seconds() + seconds
