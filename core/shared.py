"""Work that several want at the same moment, or one after another, done once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Who wants what is being worked out waits for it. Nothing is kept: who comes later has it worked out anew."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T]] = {}

    async def get(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Return the outcome of `work`, or of the work under the same key that is under way; its errors as well.

        Where the one who does the work is cancelled, the next one who waits for it does it.
        """
        while (others := self._under_way.get(key)) is not None:
            await asyncio.wait({others})
            if not others.cancelled():
                return others.result()
        mine = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            outcome = await work()
        except Exception as error:
            mine.set_exception(error)
            mine.exception()  # it is known, whether anybody waits or not
            raise
        except BaseException:
            mine.cancel()
            raise
        else:
            mine.set_result(outcome)
            return outcome
        finally:
            del self._under_way[key]


class Recent(Generic[T]):
    """What was worked out in the last `seconds` is not worked out again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._shared = Shared[T]()
        self._kept: dict[Hashable, tuple[float, T]] = {}

    async def get(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Return the outcome of `work`, or of the work under the same key that began lately; errors are not kept."""
        now = time.monotonic()
        self._kept = {known: kept for known, kept in self._kept.items() if now - kept[0] < self._seconds}
        if key in self._kept:
            return self._kept[key][1]
        outcome = await self._shared.get(key, work)
        self._kept.setdefault(key, (now, outcome))
        return outcome
