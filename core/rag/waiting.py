"""The line in front of the chat model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class WaitingLine:
    """Lets `places` answers be generated at once; whoever comes later waits in order and knows their position."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._line: list[object] = []
        self._moved = asyncio.Event()

    @asynccontextmanager
    async def join(self) -> AsyncIterator[AsyncIterator[int]]:
        """Stand in line until the block ends.

        Yields an iterator of positions (1: next) that ends when it is one's turn.
        """
        ticket = object()
        self._line.append(ticket)
        try:
            yield self._positions(ticket)
        finally:
            self._line.remove(ticket)
            self._moved.set()
            self._moved = asyncio.Event()

    async def _positions(self, ticket: object) -> AsyncIterator[int]:
        shown = 0
        while True:
            moved = self._moved
            position = self._line.index(ticket) - self._places + 1
            if position <= 0:
                return
            if position != shown:
                shown = position
                yield position
            await moved.wait()
