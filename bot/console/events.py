"""Events on their way to the page: one numbered stream per person, replayed after a lost connection."""

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")

REPLAY_LIMIT: Final = 500
"""Events kept per person for a page that reconnects."""
HEARTBEAT: Final = 15.0
"""Seconds of silence after which a stream says that it is alive."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as the page learns of it."""

    id: str
    kind: str
    data: dict[str, Any]


class Events:
    """Publishes events to open pages, and wakes whoever waits for something to become true."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(4)  # ids of another run must not look like ours
        self._count = 0
        self._recent: dict[int, deque[Event]] = defaultdict(lambda: deque(maxlen=REPLAY_LIMIT))
        self._pages: dict[int, set[asyncio.Queue[Event | None]]] = defaultdict(set)
        self._watchers: set[asyncio.Event] = set()

    def publish(self, person_id: int, kind: str, data: dict[str, Any]) -> None:
        """Tell the person's open pages, and every watcher."""
        self._count += 1
        event = Event(f"{self._epoch}-{self._count}", kind, data)
        self._recent[person_id].append(event)
        for queue in self._pages[person_id]:
            queue.put_nowait(event)
        for watcher in self._watchers:
            watcher.set()

    def last_id(self) -> str:
        """Return the id of the newest event of all."""
        return f"{self._epoch}-{self._count}"

    async def follow(self, person_id: int, last_id: str) -> AsyncIterator[Event | None]:
        """Yield events after `last_id`, a `reset` first if too many were missed, and None in long silence."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        for missed in self._missed(person_id, last_id):
            queue.put_nowait(missed)
        self._pages[person_id].add(queue)
        try:
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        event = await queue.get()
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._pages[person_id].discard(queue)

    def close(self) -> None:
        """End every stream."""
        for queues in self._pages.values():
            for queue in queues:
                queue.put_nowait(None)

    async def until(self, read: Callable[[], T | None], timeout: float) -> T:
        """Return the first value of `read()` that is true, looking again after every event.

        Raises:
            TimeoutError: it did not become true in `timeout` seconds.
        """
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            async with asyncio.timeout(timeout):
                while not (value := read()):
                    watcher.clear()
                    await watcher.wait()
                return value
        finally:
            self._watchers.discard(watcher)

    def _missed(self, person_id: int, last_id: str) -> list[Event]:
        epoch, _, count = last_id.partition("-")
        recent = self._recent[person_id]
        if epoch != self._epoch or not count.isdigit():
            return [Event(self.last_id(), "reset", {})]
        seen = int(count)
        missed = [event for event in recent if int(event.id.partition("-")[2]) > seen]
        if len(recent) == REPLAY_LIMIT and len(missed) == REPLAY_LIMIT:
            return [Event(self.last_id(), "reset", {})]
        return missed
