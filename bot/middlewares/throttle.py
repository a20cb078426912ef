"""Questions per minute and user, counted in Redis: handlers flagged `question` pass through here."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.types import Message, TelegramObject
from redis.asyncio import Redis

WINDOW_S = 60
KEY_PREFIX = "hydrodiag:questions:"


class Throttle(BaseMiddleware):
    """Lets `per_minute` questions of a user pass; answers the first one over it, ignores the rest of the minute."""

    def __init__(self, redis: Redis, per_minute: int) -> None:
        self._redis = redis
        self._per_minute = per_minute

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle `event` unless its author asks too fast."""
        if not get_flag(data, "question"):
            return await handler(event, data)
        asked, seconds_left = await self._count(data["actor"].id)
        if asked <= self._per_minute:
            return await handler(event, data)
        if asked == self._per_minute + 1 and isinstance(event, Message):
            await event.answer(data["text"]("error-too-fast", seconds=seconds_left))
        return None

    async def _count(self, user_id: int) -> tuple[int, int]:
        key = f"{KEY_PREFIX}{user_id}"
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(key, 0, ex=WINDOW_S, nx=True)
            pipeline.incr(key)
            pipeline.ttl(key)
            _, asked, seconds_left = await pipeline.execute()
        return int(asked), max(int(seconds_left), 1)
