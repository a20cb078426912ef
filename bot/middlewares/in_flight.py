"""Updates being handled: counted, so that shutdown can wait for them (`stop_polling` does not)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update
from prometheus_client import Counter, Histogram

from core.metrics import HANDLER_SECONDS, UPDATES, UPDATES_IN_FLIGHT

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class InFlight(BaseMiddleware):
    """Counts updates; `last_update_id` is the newest one seen, for the final confirmation to Telegram."""

    def __init__(self) -> None:
        self.last_update_id: int | None = None
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle `event` within the count."""
        if isinstance(event, Update):
            self.last_update_id = max(event.update_id, self.last_update_id or 0)
        self._count += 1
        self._idle.clear()
        UPDATES_IN_FLIGHT.set(self._count)
        count, seconds = _meters(event.event_type if isinstance(event, Update) else "other")
        count.inc()
        started = time.perf_counter()
        try:
            return await handler(event, data)
        finally:
            seconds.observe(time.perf_counter() - started)
            self._count -= 1
            UPDATES_IN_FLIGHT.set(self._count)
            if not self._count:
                self._idle.set()

    async def drained(self, timeout: float) -> bool:
        """Wait until nothing is being handled; False where `timeout` seconds were not enough."""
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


@cache
def _meters(kind: str) -> tuple[Counter, Histogram]:
    """Return the count and the times of this kind of update: looking labels up each time would cost more than both."""
    return UPDATES.labels(kind), HANDLER_SECONDS.labels(kind)
