"""Word of changed people, to every process at once: whoever holds an actor or works for one must look again.

A counter per person says that something changed; those who cache actors compare it in the round trip that they make
anyway (`core/users/gate.py`). A channel wakes those who work for that person right now.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
CHANNEL = "hydrodiag:people"
VERSION_PREFIX = "hydrodiag:person:"
_KEEP_VERSION_S = 3600
"""Much longer than anybody caches an actor."""


class PeopleNews:
    """Says whose role, scope or settings changed, and hears it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def announce(self, user_id: int) -> None:
        """Say that a person changed, after the transaction that changed them.

        Without Redis nobody hears it: caches then hold for their own short time.
        """
        key = f"{VERSION_PREFIX}{user_id}"
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, _KEEP_VERSION_S)
                pipeline.publish(CHANNEL, user_id)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("change of a person not announced", user=user_id, error=repr(error))

    async def listen(self) -> AsyncGenerator[int]:
        """Yield the ids of people who changed, until Redis goes away.

        Raises:
            RedisError, OSError: listen again after a pause.
        """
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            async with aclosing(pubsub.listen()) as messages:
                async for message in messages:
                    if message["type"] == "message":
                        yield int(message["data"])
