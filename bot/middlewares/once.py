"""Buttons that make something new each time: handlers flagged `ONCE` are reached once by a button under a message."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.types import CallbackQuery, TelegramObject
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
ONCE = {"once": True}
_PREFIX = "hydrodiag:pressed:"
_KEEP_S = 48 * 3600
"""Telegram lets bots edit their messages for that long: afterwards the button may be there for good."""


class Once(BaseMiddleware):
    """Lets the first tap through, and that tap again if its update is handled again; says to others that it is over."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle `event` unless that button was pressed before. A tap that fails does not count."""
        if not get_flag(data, "once") or not isinstance(event, CallbackQuery) or event.message is None:
            return await handler(event, data)
        key = f"{_PREFIX}{event.message.chat.id}:{event.message.message_id}:{event.data}"
        if not await self._is_first(key, event.id):
            return await event.answer(data["text"]("start-unknown-button"), show_alert=True)
        try:
            return await handler(event, data)
        except Exception:
            await self._forget(key)
            raise

    async def _is_first(self, key: str, tap: str) -> bool:
        try:
            before = await self._redis.set(key, tap, ex=_KEEP_S, nx=True, get=True)
        except (RedisError, OSError) as error:
            log.warning("taps are not counted", error=repr(error))
            return True
        return before is None or before == tap.encode()

    async def _forget(self, key: str) -> None:
        try:
            await self._redis.delete(key)
        except (RedisError, OSError) as error:
            log.warning("a tap can't be forgotten", error=repr(error))
