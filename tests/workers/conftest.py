"""A container on this test's own database and an empty Valkey."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.container import Container
from core.settings import Settings, WorkerSettings
from tests.fakes.clock import SettableClock


@pytest.fixture
async def container(
    tmp_path: Path, database_url: str, redis_url: str, clock: SettableClock
) -> AsyncIterator[Container]:
    settings = Settings(
        _env_file=None,
        hydrodiag_home=tmp_path,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        workers=WorkerSettings(job_timeout_s=10, max_tries=3),
    )
    async with Container.open(settings, clock=clock) as container:
        yield container
