"""Work that several want at the same moment, done once."""

import asyncio
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
