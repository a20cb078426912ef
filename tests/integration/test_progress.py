"""Reports of a job, over a real Valkey, from the one who works to the one who waits."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from core.errors import BadInputError, UnavailableError
from core.progress import JobProgress, ProgressBoard
from core.supervisor import Supervisor
from tests.ports import free_port


@pytest.fixture
async def board(redis_url: str) -> AsyncIterator[ProgressBoard]:
    """A board of this test's own."""
    redis = Redis.from_url(redis_url)
    yield ProgressBoard(redis, Supervisor())
    await redis.aclose()


async def _wait_for(board: ProgressBoard, step: str) -> JobProgress:
    async with asyncio.timeout(5):
        while (seen := await board.read("job")) is None or seen.step != step:
            await asyncio.sleep(0.05)
    return seen


async def test_reports_are_read_while_the_job_runs_and_its_result_afterwards(board: ProgressBoard) -> None:
    assert await board.read("job") is None
    async with board.reporting("job") as report:
        report("documents", 3, 12)
        assert await _wait_for(board, "documents") == JobProgress("running", "documents", 3, 12)
        report.result(version=13)
    assert await board.read("job") == JobProgress("done", "documents", 3, 12, {"version": 13})
    assert await board.read("another") is None


async def test_how_it_failed_is_told_by_its_key_and_unknown_faults_keep_their_text(board: ProgressBoard) -> None:
    with pytest.raises(BadInputError):
        async with board.reporting("job"):
            raise BadInputError("too large")
    assert await board.read("job") == JobProgress("failed", error="error-bad-input")
    with pytest.raises(ZeroDivisionError):
        async with board.reporting("job"):
            raise ZeroDivisionError("secret")
    assert await board.read("job") == JobProgress("failed", error="error-unknown")


async def test_a_cancelled_job_ends_without_an_error_and_leaves_its_task_usable(board: ProgressBoard) -> None:
    await board.cancel("job")  # asked for before a worker took it
    async with asyncio.timeout(5), board.reporting("job"):
        await asyncio.Event().wait()
    seen = await board.read("job")
    assert seen is not None
    assert seen.state == "cancelled"
    async with asyncio.timeout(5), board.reporting("job") as report:  # the wish was for that run only
        report("passages", 1, 1)
        await _wait_for(board, "passages")


async def test_an_interrupted_job_is_not_taken_for_a_cancelled_one(board: ProgressBoard) -> None:
    async def work() -> None:
        async with board.reporting("job") as report:
            report("passages", 1, 2)
            await asyncio.Event().wait()

    task = Supervisor().start(work(), name="work")
    await _wait_for(board, "passages")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    seen = await board.read("job")
    assert seen is not None
    assert seen.state == "running"


async def test_without_redis_nobody_is_told_and_the_job_goes_on() -> None:
    redis = Redis.from_url(f"redis://127.0.0.1:{free_port()}")
    board = ProgressBoard(redis, Supervisor())
    async with board.reporting("job") as report:
        report("documents", 1, 1)
    assert await board.read("job") is None
    with pytest.raises(UnavailableError):
        await board.cancel("job")
    await redis.aclose()
