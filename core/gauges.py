"""Metrics that somebody has to be asked for: read when Prometheus comes, not kept all the time."""

from redis.asyncio import Redis

from core.diagnostics.alerts.service import AlarmService
from core.diagnostics.models import Severity
from core.jobs import Queue
from core.metrics import ALARMS_OPEN, JOBS_WAITING, OUTBOX_AGE_SECONDS, OUTBOX_WAITING
from core.outbox import Outbox
from core.probes import Gauges


def of_outbox(outbox: Outbox) -> Gauges:
    """What waits to be delivered, and for how long."""

    async def read() -> None:
        count, age = await outbox.backlog()
        OUTBOX_WAITING.set(count)
        OUTBOX_AGE_SECONDS.set(age.total_seconds())

    return read


def of_queues(redis: Redis) -> Gauges:
    """What waits for workers."""

    async def read() -> None:
        for queue in Queue:
            JOBS_WAITING.labels(queue.value).set(await redis.zcard(queue.value))

    return read


def of_alarms(book: AlarmService) -> Gauges:
    """What alarms stand."""

    async def read() -> None:
        standing = await book.standing()
        for severity in Severity:
            ALARMS_OPEN.labels(severity.value).set(standing.get(severity.value, 0))

    return read
