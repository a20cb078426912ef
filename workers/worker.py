"""The worker of one queue."""

from datetime import UTC

from arq.connections import ArqRedis
from arq.worker import Worker

from core.container import Container
from core.jobs import Queue
from core.queue import deserialize_job, serialize_job
from workers.schedule import RUNNERS, cron_jobs

_POLL_DELAY_S = 0.05  # measured: 42 ms from enqueuing to start instead of 256 with arq's 0.5
_HEALTH_EVERY_S = 15
_FINISH_WITHIN_S = 8
_SPARE_S = 30  # arq's own time-out is only a net under ours, which knows what it interrupts


def create_worker(container: Container, queue: Queue, *, burst: bool = False, scheduled: bool = True) -> Worker:
    """Build the worker of `queue`; `burst` ends it when the queue is empty.

    Results are not kept: while one is, arq refuses the same job id.
    """
    limits = container.settings.workers
    return Worker(
        functions=[runner.as_function() for runner in RUNNERS[queue]],
        cron_jobs=cron_jobs(queue) if scheduled else None,
        queue_name=queue.value,
        redis_pool=ArqRedis(
            connection_pool=container.redis.connection_pool,
            job_serializer=serialize_job,
            job_deserializer=deserialize_job,
            default_queue_name=queue.value,
        ),
        burst=burst,
        ctx={"container": container},
        max_jobs=limits.max_jobs,
        job_timeout=limits.job_timeout_s + _SPARE_S,
        max_tries=limits.max_tries + 1,  # likewise: arq forgets a job over the limit, workers/running.py keeps it
        keep_result=0,
        poll_delay=_POLL_DELAY_S,
        health_check_interval=_HEALTH_EVERY_S,
        job_completion_wait=_FINISH_WITHIN_S,
        handle_signals=not burst,
        job_serializer=serialize_job,
        job_deserializer=deserialize_job,
        timezone=UTC,
        log_results=False,
    )
