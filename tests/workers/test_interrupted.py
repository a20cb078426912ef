"""Workers that end in the middle: jobs go back to their queue; one that kills its worker every time is kept."""

import asyncio
import signal
import sys

import pytest
from arq.constants import in_progress_key_prefix, retry_key_prefix
from redis.asyncio import Redis
from sqlalchemy import select

from core.container import Container
from core.jobs import FailedJob, Job, Queue
from core.settings import child_environment
from core.users.rights import OPERATOR
from workers import worker
from workers.running import JobInterruptedError, Runner
from workers.schedule import cron_jobs
from workers.worker import create_worker

JOB = Job("test_job", Queue.USERS)


async def never(container: Container) -> None:
    raise AssertionError("must not run")


async def failed_jobs(container: Container) -> list[FailedJob]:
    async with container.sessions() as session:
        return list(await session.scalars(select(FailedJob)))


async def test_a_job_that_kills_its_worker_every_time_is_kept_and_not_run_again(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RUNNERS", {Queue.USERS: (Runner(JOB, never),)})
    await container.queue.enqueue(JOB, job_id="poison")
    # What arq has left when the worker was killed during each of three tries and the in-progress key has expired.
    await container.redis.set(f"{retry_key_prefix}poison", 3)
    await create_worker(container, Queue.USERS, burst=True, scheduled=False).async_run()
    (failed,) = await failed_jobs(container)
    assert JobInterruptedError.__name__ in failed.error
    assert not await container.redis.exists(f"{in_progress_key_prefix}poison")


async def test_a_stopped_worker_leaves_the_job_to_the_next(container: Container) -> None:
    async def stopped(container: Container) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Runner(JOB, stopped)({"container": container, "job_id": "1", "job_try": 1})
    assert await failed_jobs(container) == []


@pytest.mark.parametrize("queue", Queue)
def test_scheduled_jobs_may_be_tried_again(queue: Queue) -> None:
    assert [job.max_tries for job in cron_jobs(queue)] == [None] * len(cron_jobs(queue))


@pytest.mark.parametrize("queue", [Queue.DIAGNOSTICS, Queue.USERS])
async def test_the_schedule_runs_at_start_and_leaves_no_failure(container: Container, queue: Queue) -> None:
    burst = create_worker(container, queue, burst=True)
    await burst.async_run()
    assert burst.jobs_failed == 0
    at_start = [job for job in cron_jobs(queue) if job.run_at_startup]
    assert burst.jobs_complete >= len(at_start)  # and the upkeep that was found to be due
    assert await failed_jobs(container) == []


@pytest.mark.timescale
async def test_the_diagnostics_worker_creates_chunks_ahead(container: Container) -> None:
    await create_worker(container, Queue.DIAGNOSTICS, burst=True).async_run()
    report = await container.timescale.health(OPERATOR)
    assert report.chunks_ahead == container.settings.timescale.chunks_ahead


async def test_a_worker_process_reports_its_health_and_ends_on_sigterm(
    container: Container, redis: Redis, database_url: str, redis_url: str
) -> None:
    home = str(container.settings.hydrodiag_home)
    environment = child_environment(DATABASE_URL=database_url, REDIS_URL=redis_url, HYDRODIAG_HOME=home)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "workers", "users", env=environment)
    try:
        async with asyncio.timeout(60):
            while not await redis.exists("users:health-check"):
                await asyncio.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        code = await process.wait()
    assert code == 0
    assert not await redis.exists("users:health-check")
