"""Jobs of a killed worker go back to their queue within a minute.

arq knows nothing of workers that are no more: what one of them had in hand stays marked as in progress for the longest
time-out of all its jobs, and nobody takes it up until then. So a job that runs is marked as alive besides, for half a
minute at a time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from arq.constants import in_progress_key_prefix
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.jobs import Queue
from core.supervisor import Supervisor

log = structlog.get_logger(__name__)
_ALIVE = "hydrodiag:job:alive:"
_ALIVE_S, _RENEWED_EVERY_S, _LOOK_EVERY_S = 30, 5.0, 10.0
_FAILURES = (RedisError, OSError)


@asynccontextmanager
async def alive(redis: Redis, supervisor: Supervisor, job_id: str) -> AsyncIterator[None]:
    """Mark the job as alive while the context lasts."""

    async def renew() -> None:
        while True:
            try:
                await redis.set(_ALIVE + job_id, b"1", ex=_ALIVE_S)
            except _FAILURES as error:
                log.warning("job can't be marked as alive", job_id=job_id, error=repr(error))
            await asyncio.sleep(_RENEWED_EVERY_S)

    renewing = supervisor.start(renew(), name=f"alive {job_id}")
    try:
        yield
    finally:
        renewing.cancel()


class Vigil:
    """Watches one queue. A job must look dead twice in a row: at its start it is in progress before it is marked."""

    def __init__(self, redis: Redis, queue: Queue) -> None:
        self._redis = redis
        self._queue = queue.value
        self._suspects: set[str] = set()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except _FAILURES as error:
                log.warning("jobs can't be looked after", queue=self._queue, error=repr(error))
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Give back those that looked dead the last time as well."""
        dead = {job_id for job_id in await self._waiting() if await self._is_dead(job_id)}
        for job_id in dead & self._suspects:
            await self._redis.delete(in_progress_key_prefix + job_id)
            log.warning("job of a worker that is no more goes back to its queue", job_id=job_id)
        self._suspects = dead

    async def _waiting(self) -> list[str]:
        """Return the jobs in the queue; arq takes one out when it ends."""
        return [job_id.decode() for job_id in await self._redis.zrange(self._queue, 0, -1)]

    async def _is_dead(self, job_id: str) -> bool:
        begun = await self._redis.exists(in_progress_key_prefix + job_id)
        return bool(begun) and not await self._redis.exists(_ALIVE + job_id)
