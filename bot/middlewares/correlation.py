"""A correlation id for every update: in all its log lines, in the jobs it causes, and in error messages."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update

from bot.inbox import Inbox
from core.observability import bind_correlation_id, new_correlation_id
from core.telemetry import span


class Correlation(BaseMiddleware):
    """Binds an id to the task that handles the update: a fresh one, or that of its first try."""

    def __init__(self, inbox: Inbox | None = None) -> None:
        self._inbox = inbox

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle `event` under its id."""
        kept = self._inbox.correlation_id(event.update_id) if self._inbox and isinstance(event, Update) else None
        bind_correlation_id(kept or new_correlation_id())
        with span("update", kind=event.event_type if isinstance(event, Update) else "other"):
            return await handler(event, data)
