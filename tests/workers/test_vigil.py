"""What a killed worker had in hand is taken up soon; a worker outlives a restart of Redis."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from arq.constants import in_progress_key_prefix
from redis.asyncio import Redis

from core.container import Container
from core.embedded import EmbeddedValkey
from core.jobs import REBUILD_INDEX, Job, Queue
from core.settings import child_environment
from tests.fixtures.stopped import StoppableValkey
from workers import worker
from workers.running import Runner
from workers.vigil import Vigil, alive
from workers.worker import create_worker

JOB = Job("test_job", Queue.USERS)
_LONG_MS = 1_000_000


async def _begun(container: Container) -> str:
    """Leave a job as arq leaves it when its worker is killed."""
    await container.queue.enqueue(REBUILD_INDEX, job_id="1")
    await container.redis.psetex(f"{in_progress_key_prefix}1", _LONG_MS, b"1")
    return f"{in_progress_key_prefix}1"


async def test_a_job_whose_worker_was_killed_goes_back_to_its_queue(container: Container) -> None:
    key, vigil = await _begun(container), Vigil(container.redis, Queue.AI_TASKS)
    await vigil.look()
    assert await container.redis.exists(key)
    await vigil.look()
    assert not await container.redis.exists(key)


async def test_a_job_that_runs_is_left_alone(container: Container) -> None:
    key, vigil = await _begun(container), Vigil(container.redis, Queue.AI_TASKS)
    async with alive(container.redis, container.supervisor, "1"):
        while not await container.redis.exists("hydrodiag:job:alive:1"):
            await asyncio.sleep(0.01)
        await vigil.look()
        await vigil.look()
    assert await container.redis.exists(key)


async def test_each_job_is_marked_as_alive_while_it_runs(container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    async def body(container: Container) -> None:
        async with asyncio.timeout(30):
            while not (keys := await container.redis.keys("hydrodiag:job:alive:*")):
                await asyncio.sleep(0.01)
        seen.extend(keys)

    monkeypatch.setattr(worker, "RUNNERS", {Queue.USERS: (Runner(JOB, body),)})
    await container.queue.enqueue(JOB, job_id="2")
    await create_worker(container, Queue.USERS, burst=True, scheduled=False).async_run()
    assert seen == [b"hydrodiag:job:alive:2"]


@asynccontextmanager
async def _working(container: Container, database_url: str, redis_url: str) -> AsyncIterator[Process]:
    """Run a worker in a process of its own, which must end in order."""
    home = str(container.settings.hydrodiag_home)
    environment = child_environment(DATABASE_URL=database_url, REDIS_URL=redis_url, HYDRODIAG_HOME=home)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "workers", "users", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
        assert process.returncode is None
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0


async def _until_it_works(client: Redis) -> None:
    await client.delete("users:health-check")
    async with asyncio.timeout(120):
        while not await client.exists("users:health-check"):
            await asyncio.sleep(0.05)


async def test_a_worker_outlives_a_restart_of_redis(container: Container, database_url: str, tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    url = await server.start()
    try:
        async with _working(container, database_url, url), Redis.from_url(url) as client:
            for _ in range(2):
                await _until_it_works(client)
                await server.stop()
                await asyncio.sleep(0.5)
                await server.start()
    finally:
        await server.stop()


async def test_a_worker_says_that_redis_is_silent_and_goes_on_with_it(
    container: Container, database_url: str, stoppable: StoppableValkey
) -> None:
    async with _working(container, database_url, stoppable.url) as process, Redis.from_url(stoppable.url) as client:
        await _until_it_works(client)
        stoppable.halt()
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while b"Redis is away" not in await process.stderr.readline():
                pass
        stoppable.go_on()
        await _until_it_works(client)
