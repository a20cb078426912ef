"""What chats are in the middle of, in Redis; while that is away, in the middle of nothing."""

from typing import Any

import structlog
from aiogram.fsm.storage.base import StorageKey
from aiogram.fsm.storage.redis import RedisStorage
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
_FAILURES = (RedisError, OSError)


class ForgivingStorage(RedisStorage):
    """Reads nothing where Redis does not answer, for every update asks: commands and questions go on without it."""

    async def get_state(self, key: StorageKey) -> str | None:
        """Return the chat's state."""
        try:
            return await super().get_state(key)
        except _FAILURES as error:
            log.warning("state of a chat can't be read", error=repr(error))
            return None

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Return the state's data."""
        try:
            return await super().get_data(key)
        except _FAILURES as error:
            log.warning("data of a chat can't be read", error=repr(error))
            return {}
