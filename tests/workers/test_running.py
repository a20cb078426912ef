"""Jobs on a real queue: done, retried where that can help, recorded where it can't, limited in time."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from core.container import Container
from core.errors import UnavailableError
from core.jobs import FailedJob, Job, Queue
from core.observability import bind_correlation_id
from tests.fakes.metrics import sample
from workers import running, worker
from workers.running import JobBody, Runner, retry_after_s
from workers.worker import create_worker

JOB = Job("test_job", Queue.USERS)


async def work_off(container: Container, body: JobBody, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the queue's worker until the queue is empty, with `body` as the one job it knows."""
    monkeypatch.setattr(worker, "RUNNERS", {Queue.USERS: (Runner(JOB, body),)})
    await create_worker(container, Queue.USERS, burst=True, scheduled=False).async_run()


async def failed_jobs(container: Container) -> Sequence[FailedJob]:
    async with container.sessions() as session:
        return (await session.scalars(select(FailedJob))).all()


async def test_a_job_gets_its_arguments_and_leaves_nothing_behind(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    async def body(given: Container, **arguments: Any) -> None:
        seen.append((given, arguments))

    await container.queue.enqueue(JOB, job_id="one", number=7)
    await work_off(container, body, monkeypatch)
    assert seen == [(container, {"number": 7})]
    assert [key async for key in container.redis.scan_iter("arq:*")] == []
    assert await container.queue.enqueue(JOB, job_id="one") == "one", "the id must be free again at once"


async def test_the_same_job_id_waits_once(container: Container) -> None:
    assert await container.queue.enqueue(JOB, job_id="one") == "one"
    assert await container.queue.enqueue(JOB, job_id="one") is None


async def test_a_passing_fault_is_retried(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "retry_after_s", lambda attempt: 0.01)
    tries = []

    def ends(outcome: str) -> float:
        return sample("hydrodiag_jobs_total", function="test_job", outcome=outcome)

    before = {outcome: ends(outcome) for outcome in ("retried", "done", "failed")}

    async def body(given: Container) -> None:
        tries.append(True)
        if len(tries) < 3:
            raise UnavailableError("not yet")

    await container.queue.enqueue(JOB)
    await work_off(container, body, monkeypatch)
    assert len(tries) == 3
    assert await failed_jobs(container) == []
    assert {outcome: ends(outcome) - count for outcome, count in before.items()} == {
        "retried": 2,
        "done": 1,
        "failed": 0,
    }
    assert sample("hydrodiag_job_wait_seconds_count", queue="users") >= 3


async def test_a_fault_that_stays_is_recorded_with_all_that_repeating_it_takes(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(given: Container, **arguments: Any) -> None:
        raise ValueError("no such thing")

    bind_correlation_id("abc123")
    await container.queue.enqueue(JOB, job_id="doomed", number=7)
    with capture_logs() as logs:
        await work_off(container, body, monkeypatch)
    (failed,) = await failed_jobs(container)
    assert (failed.function, failed.queue, failed.job_id) == ("test_job", "users", "doomed")
    assert (failed.arguments, failed.attempts, failed.correlation_id) == ({"number": 7}, 1, "abc123")
    assert "no such thing" in failed.error
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["job failed"]


async def test_retries_end_and_are_recorded(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "retry_after_s", lambda attempt: 0.01)

    async def body(given: Container) -> None:
        raise UnavailableError("never")

    await container.queue.enqueue(JOB)
    await work_off(container, body, monkeypatch)
    (failed,) = await failed_jobs(container)
    assert failed.attempts == container.settings.workers.max_tries


async def test_a_job_that_takes_too_long_is_ended_and_not_retried(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    container.settings.workers.job_timeout_s = 0
    started = []

    async def body(given: Container) -> None:
        started.append(True)
        await asyncio.Event().wait()

    await container.queue.enqueue(JOB)
    await work_off(container, body, monkeypatch)
    (failed,) = await failed_jobs(container)
    assert started == [True]
    assert failed.error == "TimeoutError()"


def test_pauses_double_up_to_ten_minutes() -> None:
    assert [retry_after_s(attempt) for attempt in (1, 2, 3, 20)] == [5, 10, 20, 600]
