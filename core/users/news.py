"""Word of changed people, to every process at once: whoever holds an actor or works for one must look again.

A counter per person says that something changed; those who cache actors compare it in the round trip that they make
anyway (`core/users/gate.py`). A channel wakes those who work for that person right now.
"""

from collections.abc import AsyncGenerator
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.redis_client import ANSWERS_WITHIN_S

log = structlog.get_logger(__name__)
CHANNEL = "hydrodiag:people"
VERSION_PREFIX = "hydrodiag:person:"
_KEEP_VERSION_S = 3600
"""Much longer than anybody caches an actor."""
_SILENCE_S = 15.0


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
        """Yield the ids of people who changed, until Redis goes away, or silent.

        Raises:
            RedisError, OSError: listen again after a pause.
        """
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            async for message in _messages(pubsub):
                yield int(message["data"])


async def _messages(pubsub: PubSub) -> AsyncGenerator[dict[str, Any]]:
    """Yield what is published. Silence is usual here, so the server is asked now and then whether it is there."""
    asked = False
    while True:
        message = await pubsub.get_message(timeout=ANSWERS_WITHIN_S if asked else _SILENCE_S)
        if message is None and asked:
            raise RedisTimeoutError("nothing is heard of the server any more")
        asked = message is None
        if asked:
            await pubsub.ping()
        elif message["type"] == "message":
            yield message
