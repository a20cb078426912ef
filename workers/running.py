"""How a job runs here: with a correlation id, a time limit and a log line for its end; retried where that can help.

arq retries nothing but its own `Retry`, tells its hooks nothing about the outcome and has no dead-letter queue.
`Runner` decides all three.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from arq.worker import Function, Retry, func
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy.exc import DBAPIError

from core.container import Container
from core.errors import UnavailableError
from core.jobs import FailedJob, Job
from core.metrics import JOB_SECONDS, JOB_WAIT_SECONDS, JOBS
from core.observability import bind_correlation_id
from core.queue import CORRELATION_ARGUMENT
from core.telemetry import span
from workers.vigil import alive

log = structlog.get_logger(__name__)

JobBody = Callable[..., Awaitable[Any]]
"""Takes the container and the job's JSON arguments by name."""

_PASSING_SQLSTATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"})
"""Serialization failure, deadlock, lock not available, server going down or coming up, too many connections."""
_FIRST_RETRY_S = 5
_LONGEST_RETRY_S = 600


def is_passing(error: BaseException) -> bool:
    """Tell whether the same job may well succeed a little later."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING_SQLSTATES
    return isinstance(error, UnavailableError | ConnectionError | RedisConnectionError | RedisTimeoutError)


def retry_after_s(attempt: int) -> int:
    """Return the pause after the `attempt`-th failed try: 5 s, doubled each time, ten minutes at most."""
    return int(min(_FIRST_RETRY_S * 2 ** (attempt - 1), _LONGEST_RETRY_S))


class JobInterruptedError(Exception):
    """Every try ended with the worker: killed for its memory, crashed, or restarted again and again."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs `body` as `job`; an instance is what arq calls."""

    job: Job
    body: JobBody

    def as_function(self) -> Function:
        """Return what arq registers under the job's name."""
        return func(self.__call__, name=self.job.function)

    async def __call__(self, ctx: dict[str, Any], **arguments: Any) -> None:
        """Run once.

        Raises:
            Retry: the fault is passing and tries are left.
        """
        container: Container = ctx["container"]
        limits = container.settings.workers
        correlation = bind_correlation_id(arguments.pop(CORRELATION_ARGUMENT, None))
        structlog.contextvars.bind_contextvars(job=self.job.function, job_id=ctx["job_id"], attempt=ctx["job_try"])
        log.info("job started")
        started = time.monotonic()
        if "score" in ctx:  # arq's time of the job, milliseconds
            waited = container.clock().timestamp() - ctx["score"] / 1000
            JOB_WAIT_SECONDS.labels(self.job.queue.value).observe(max(waited, 0.0))
        try:
            if ctx["job_try"] > limits.max_tries:
                raise JobInterruptedError(f"the worker ended during each of {limits.max_tries} tries")
            async with (
                alive(container.redis, container.supervisor, ctx["job_id"]),
                asyncio.timeout(limits.job_timeout_s),
            ):
                with span("job", job=self.job.function, attempt=ctx["job_try"]):
                    await self.body(container, **arguments)
        except asyncio.CancelledError:
            log.warning("job interrupted, goes back to its queue", duration_s=_since(started))
            self._count("interrupted", started)
            raise
        except Exception as error:  # every fault of a job ends here, or nobody would ever hear of it
            if is_passing(error) and ctx["job_try"] < limits.max_tries:
                pause = retry_after_s(ctx["job_try"])
                self._count("retried", started)
                log.warning("job retried", error=repr(error), retry_in_s=pause, duration_s=_since(started))
                raise Retry(defer=pause) from error
            log.exception("job failed", duration_s=_since(started))
            self._count("failed", started)
            await self._keep(ctx, arguments, error, correlation)
        else:
            log.info("job done", duration_s=_since(started))
            self._count("done", started)

    def _count(self, outcome: str, started: float) -> None:
        JOBS.labels(self.job.function, outcome).inc()
        JOB_SECONDS.labels(self.job.function).observe(_since(started))

    async def _keep(self, ctx: dict[str, Any], arguments: dict[str, Any], error: Exception, correlation: str) -> None:
        container: Container = ctx["container"]
        failed = FailedJob(
            failed_at=container.clock(),
            queue=self.job.queue.value,
            function=self.job.function,
            job_id=ctx["job_id"],
            arguments=arguments,
            error=repr(error)[:2000],
            attempts=ctx["job_try"],
            correlation_id=correlation,
        )
        try:
            async with container.sessions.begin() as session:
                session.add(failed)
        except (DBAPIError, OSError):
            log.exception("failed job could not be recorded")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
