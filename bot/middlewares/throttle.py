"""Questions per minute and day and user, counted in Redis: handlers flagged `question` pass through here."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.types import CallbackQuery, Message, TelegramObject
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
MINUTE_S = 60
DAY_S = 24 * 3600
_PREFIX = "hydrodiag:questions:"
_SCRIPT = """
for i, key in ipairs(KEYS) do
  local asked = redis.call('INCR', key)
  if asked == 1 then redis.call('EXPIRE', key, ARGV[2 * i - 1]) end
  if asked > tonumber(ARGV[2 * i]) then return {i, asked, redis.call('TTL', key)} end
end
return {0, 0, 0}
"""
"""The minute first: what it refuses is not a question of the day."""


class Throttle(BaseMiddleware):
    """Lets `per_minute` and `per_day` questions of a user pass; answers the first one over it, ignores the rest."""

    def __init__(self, redis: Redis, *, per_minute: int, per_day: int) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._limits = (MINUTE_S, per_minute, DAY_S, per_day)
        self._per_minute = per_minute
        self._per_day = per_day

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle `event` unless its author asks too fast, or too much."""
        if not get_flag(data, "question"):
            return await handler(event, data)
        over, asked, seconds = await self._count(data["actor"].id)
        if not over:
            return await handler(event, data)
        text = data["text"]
        if over == 1:
            words, first = text("error-too-fast", seconds=max(seconds, 1)), asked == self._per_minute + 1
        else:
            words, first = text("error-quota", count=self._per_day, hours=max(-(-seconds // 3600), 1)), True
        await _tell(event, words, first=first)
        return None

    async def _count(self, user_id: int) -> tuple[int, int, int]:
        """Return which limit is passed (1: the minute's, 2: the day's, 0: none), the count, and the seconds left."""
        keys = [f"{_PREFIX}{user_id}", f"{_PREFIX}day:{user_id}"]
        try:
            over, asked, seconds = await self._script(keys=keys, args=self._limits)
        except (RedisError, OSError) as error:
            log.warning("questions are not counted", error=repr(error))
            return 0, 0, 0
        return int(over), int(asked), int(seconds)


async def _tell(event: TelegramObject, words: str, *, first: bool) -> None:
    if isinstance(event, CallbackQuery):
        await event.answer(words, show_alert=True)
    elif isinstance(event, Message) and first:
        await event.answer(words)
