"""The database is restarted in the middle of an operation: the worker that lost it finishes the work by itself."""

import os
import shutil
import signal
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.container import Container
from core.embedded import EmbeddedPostgres
from core.settings import Settings
from core.timescale.backfill import stage
from core.timescale.models import State
from core.users.rights import OPERATOR
from migrations.runner import upgrade
from tests.workers.middle import is_free, outcomes, start_worker, stuck, until

AT = datetime(2026, 1, 1, tzinfo=UTC)


FAST = {"fsync": "off", "full_page_writes": "off"}
"""A process that is killed leaves what it wrote to the operating system."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["restart", "crash"])
async def test_the_worker_goes_on_when_the_database_is_back(tmp_path: Path, redis_url: str, how: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hydrodiag-test-"))
    server = EmbeddedPostgres(folder / "pg", options=FAST)
    try:
        url = await server.start()
        await upgrade(url)
        settings = Settings(
            _env_file=None, hydrodiag_home=tmp_path, database_url=SecretStr(url), redis_url=SecretStr(redis_url)
        )
        async with Container.open(settings) as container:
            await _goes_on(container, server, url, redis_url, how)
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _goes_on(container: Container, server: EmbeddedPostgres, url: str, redis_url: str, how: str) -> None:
    caretaker = container.caretaking.caretaker
    batch = await stage(container.engine, [(2, AT + timedelta(hours=n), 1.0, 0) for n in range(5)])
    number = (await caretaker.plan_backfill(OPERATOR, batch)).operation
    blocker = await asyncpg.connect(url)
    await blocker.execute("BEGIN; LOCK TABLE sensor_data IN SHARE MODE")
    worker = await start_worker(container, url, redis_url)
    try:
        await caretaker.confirm(OPERATOR, number)
        await stuck(container, number, container.engine)
        if how == "crash":
            os.kill(int((server.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            await server.stop()
        else:
            await server.stop()
        await server.start()

        async def is_done() -> bool:
            try:
                return (await caretaker.see(OPERATOR, number)).operation.state == State.DONE
            except (DBAPIError, OSError):  # a connection of before the restart
                return False

        await until(is_done)
        assert worker.returncode is None
    finally:
        blocker.terminate()
        if worker.returncode is None:
            worker.kill()
        await worker.wait()
    async with container.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM sensor_data WHERE sensor_id = 2")) == 5
        assert await connection.scalar(text("SELECT count(*) FROM backfill_readings")) == 0
    assert await outcomes(container) == ["confirmed", "interrupted", "done"]
    assert await is_free(container)
