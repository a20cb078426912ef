"""`python -m bot`: what it says and returns when it can't run, and that SIGTERM ends it in order."""

import asyncio
import signal
import sys
from pathlib import Path

import httpx
import pytest

from bot.__main__ import main
from bot.console import Console
from core.settings import EXIT_SETTINGS, Settings, child_environment
from tests.bot.conftest import TOKEN

_NEEDED = ("DATABASE_URL", "REDIS_URL", "TELEGRAM_BOT_TOKEN")


def test_missing_settings_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in _NEEDED:
        monkeypatch.delenv(name, raising=False)
    assert main() == EXIT_SETTINGS
    told = capsys.readouterr().err
    assert all(name in told for name in _NEEDED)


def test_invalid_settings_are_one_line_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIME_ZONE", "Mars/Olympus")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "not-a-token")
    assert main() == EXIT_SETTINGS
    assert {line.partition(":")[0] for line in capsys.readouterr().err.splitlines()} == {
        "TIME_ZONE",
        "TELEGRAM_BOT_TOKEN",
    }


async def test_sigterm_ends_the_process_in_order(
    console: Console, settings: Settings, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    environment = child_environment(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        TELEGRAM_BOT_TOKEN=TOKEN,
        HYDRODIAG_HOME=str(tmp_path),
        BOT__API_URL=console.url,
        BOT__HEALTH_PORT=str(settings.bot.health_port),
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", env=environment)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            await _ready(client, f"http://127.0.0.1:{settings.bot.health_port}/health/ready")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(client: httpx.AsyncClient, url: str) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
