"""Several bots at once: each update is answered once, one of them polls, and losing one loses nothing."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from benchmarks.balancer import Balancer
from bot.console import ADMIN, Console
from core.clock import utc_now
from core.container import Container
from core.settings import Settings, child_environment
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.ports import free_port

SECRET = "s3cret_of_two"
_PATIENCE_S = 180


@asynccontextmanager
async def _bots(settings: Settings, ports: list[int], **env: str) -> AsyncIterator[list[Process]]:
    async with Container.open(settings, clock=utc_now) as container:
        await container.users.enrol(OPERATOR, ADMIN, Role.ADMIN, name="Anna Schmidt", language="en")
    assert settings.database_url is not None
    assert settings.redis_url is not None
    assert settings.telegram_bot_token is not None
    common = {
        "HYDRODIAG_HOME": str(settings.hydrodiag_home),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token.get_secret_value(),
        "BOT__API_URL": str(settings.bot.api_url),
        "BOT__UPDATES_PER_MINUTE": "10000",
    }
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            env=child_environment(**common, **env, BOT__HEALTH_PORT=str(port)),
            cwd=Path(__file__).parents[2],
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        yield processes
    finally:
        for process in processes:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))


async def _ready(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _until_ready(*ports: int) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not all([await _ready(port) for port in ports]):
            await asyncio.sleep(0.2)


def _answers(console: Console) -> Counter[str]:
    return Counter(m["text"] for m in console.messages(ADMIN) if m["from"]["is_bot"])


async def _ask(console: Console, count: int) -> None:
    """Ask `count` times something that one message answers."""
    for _ in range(count):
        await console.say(ADMIN, "/language")


@pytest.fixture
def ports() -> list[int]:
    return [free_port(), free_port()]


async def test_two_bots_behind_a_balancer_answer_each_update_once_and_losing_one_loses_none(
    console: Console, settings: Settings, ports: list[int]
) -> None:
    balancer = Balancer(ports)
    hook = {
        "BOT__MODE": "webhook",
        "BOT__WEBHOOK_URL": f"http://127.0.0.1:{balancer.port}/telegram",
        "BOT__WEBHOOK_SECRET": SECRET,
    }
    async with balancer.serving(), _bots(settings, ports, **hook) as (first, _):
        await _until_ready(*ports)
        balancer.doubled = True
        await _ask(console, 10)
        await console.wait_until(lambda: _answers(console).total() >= 10, timeout=_PATIENCE_S)
        balancer.doubled = False
        await _ask(console, 10)
        first.send_signal(signal.SIGTERM)
        await _ask(console, 10)
        assert await first.wait() == 0
        await console.wait_until(lambda: _answers(console).total() >= 30, timeout=_PATIENCE_S)
        await asyncio.sleep(0.5)
    assert _answers(console).total() == 30


async def test_one_bot_polls_and_another_takes_over_from_one_that_was_killed(
    console: Console, settings: Settings, ports: list[int]
) -> None:
    async with _bots(settings, ports) as processes:
        async with asyncio.timeout(_PATIENCE_S):
            while not any(ready := [await _ready(port) for port in ports]):
                await asyncio.sleep(0.2)
        await asyncio.sleep(2)
        assert [await _ready(port) for port in ports].count(True) == 1
        await console.say(ADMIN, "/language")
        await console.wait_until(lambda: _answers(console).total() == 1, timeout=_PATIENCE_S)
        polling = ready.index(True)
        processes[polling].kill()
        await console.say(ADMIN, "/language")
        await _until_ready(ports[1 - polling])
        await console.wait_until(lambda: _answers(console).total() == 2, timeout=_PATIENCE_S)
