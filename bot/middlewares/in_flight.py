"""Updates being handled: counted, so that shutdown can wait for them (`stop_polling` does not)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update
from prometheus_client import Counter, Histogram

from bot.holding import Hold, bind_hold, leave_to_error_router, no_hold
from bot.inbox import Inbox
from bot.patience import be_patient
from core.metrics import HANDLER_SECONDS, UPDATES, UPDATES_IN_FLIGHT

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class InFlight(BaseMiddleware):
    """Counts updates; `last_update_id` is the newest one seen, for the final confirmation to Telegram.

    One that `inbox` keeps is handled once, and leaves it when all work for it has told how it ended.
    """

    def __init__(self, inbox: Inbox | None = None) -> None:
        self.inbox = inbox
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
            return await self._handle(handler, event, data)
        finally:
            seconds.observe(time.perf_counter() - started)
            self._count -= 1
            UPDATES_IN_FLIGHT.set(self._count)
            if not self._count:
                self._idle.set()

    async def _handle(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        hold = no_hold()
        if self.inbox is not None and isinstance(event, Update) and self.inbox.keeps(event.update_id):
            if not await self.inbox.begin(event.update_id):
                return None
            hold = Hold(partial(self._finish, self.inbox, event.update_id))
        bind_hold(hold)
        be_patient()
        claim = hold.take()
        try:
            result = await handler(event, data)
        except Exception:
            leave_to_error_router(claim)
            raise
        await claim.release()
        return result

    @staticmethod
    async def _finish(inbox: Inbox, update_id: int, well: bool) -> None:
        await inbox.finish(update_id, well=well)

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
