"""Whom the bot has told today that it does not know them: a stranger who keeps writing is not answered each time."""

from redis.asyncio import Redis

GREETED = "hydrodiag:greeted:"
_DAY_S = 24 * 3600


class Greetings:
    """Remembers greeted strangers for a day."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def first_today(self, user_id: int) -> bool:
        """Tell whether this stranger was not greeted within the last 24 hours, and note that now they are."""
        return bool(await self._redis.set(f"{GREETED}{user_id}", 1, ex=_DAY_S, nx=True))
