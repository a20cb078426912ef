"""A correlation id for every update: in all its log lines, in the jobs it causes, and in error messages."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject

from core.observability import bind_correlation_id, new_correlation_id


class Correlation(BaseMiddleware):
    """Binds a fresh id to the task that handles the update."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle `event` under a new id."""
        bind_correlation_id(new_correlation_id())
        return await handler(event, data)
