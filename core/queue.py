"""The door to background jobs: a protocol, and arq behind it."""

from typing import Any, Protocol

import orjson
from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool

from core.jobs import Job
from core.observability import correlation_id

CORRELATION_ARGUMENT = "correlation_id"
"""The argument in which a job carries the id of the request that caused it."""


class JobQueue(Protocol):
    """Where services leave work for the workers."""

    async def enqueue(self, job: Job, *, job_id: str | None = None, **arguments: Any) -> str | None:
        """Queue `job` with JSON-able `arguments`; return its id, or None where a job with `job_id` waits or runs."""
        ...


def serialize_job(data: dict[str, Any]) -> bytes:
    """Write arq's job record as JSON (arq's default is pickle, which executes what it reads)."""
    return orjson.dumps(data, default=str)


def deserialize_job(data: bytes) -> dict[str, Any]:
    """Read what `serialize_job` wrote."""
    record: dict[str, Any] = orjson.loads(data)
    return record


class ArqQueue:
    """JobQueue over arq."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._arq = ArqRedis(connection_pool=pool, job_serializer=serialize_job, job_deserializer=deserialize_job)

    async def enqueue(self, job: Job, *, job_id: str | None = None, **arguments: Any) -> str | None:
        """Queue `job` on its own queue. The worker keeps no results, so `job_id` is free again when the job ends."""
        if (cause := correlation_id()) is not None:
            arguments[CORRELATION_ARGUMENT] = cause
        queued = await self._arq.enqueue_job(job.function, _job_id=job_id, _queue_name=job.queue.value, **arguments)
        return queued.job_id if queued else None
