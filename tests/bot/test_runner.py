"""The bot's life: probes, webhook, a wrong token, a Bot API that is late."""

import asyncio
from pathlib import Path

import httpx
import pytest
from aiogram.exceptions import TelegramUnauthorizedError
from aiogram.fsm.storage.redis import RedisStorage
from pydantic import AnyHttpUrl, SecretStr
from redis.asyncio import Redis

from bot import inbox
from bot.app import create_bot
from bot.console import ENGINEER, Console
from bot.runner import run
from core.container import Container
from core.embedded import EmbeddedValkey
from core.metrics import CACHE_REQUESTS
from core.settings import Settings
from core.users.gate import Gate, Passage
from tests.bot.conftest import Stage, detach_routers, running
from tests.fakes.assistant import model_answer


def _probe(settings: Settings, name: str) -> str:
    return f"http://{settings.bot.health_host}:{settings.bot.health_port}/health/{name}"


async def test_probes_tell_that_the_bot_works(stage: Stage) -> None:
    await stage.ask("/help")
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(_probe(stage.container.settings, "live"))).status_code == 200
        ready = await client.get(_probe(stage.container.settings, "ready"))
    well = {"ok": True, "age_s": 0.0}
    assert ready.json() == {"status": "ok", "checks": {"telegram": well, "database": well, "redis": well}}


async def test_metrics_count_what_the_cache_knew(stage: Stage) -> None:
    await stage.ask("/help")
    CACHE_REQUESTS.labels("answer", "hit").inc()
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = await client.get(_probe(stage.container.settings, "ready").replace("/health/ready", "/metrics"))
    assert metrics.status_code == 200
    assert 'hydrodiag_cache_requests_total{outcome="hit",space="answer"}' in metrics.text


async def test_without_redis_the_bot_is_not_ready(console: Console, settings: Settings, tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    redis_url = SecretStr(await server.start())
    try:
        async with running(console, settings.model_copy(update={"redis_url": redis_url})) as stage:
            await stage.ask("/help")
            await server.stop()
            async with httpx.AsyncClient(trust_env=False) as client:
                ready = await client.get(_probe(settings, "ready"))
    finally:
        await server.stop()
    assert ready.status_code == 503
    assert ready.json()["checks"]["redis"]["ok"] is False


async def test_without_redis_commands_and_questions_are_answered(
    console: Console, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_BRIDGED_S", 0.0)
    server = EmbeddedValkey(tmp_path / "valkey")
    redis_url = SecretStr(await server.start())
    try:
        async with running(console, settings.model_copy(update={"redis_url": redis_url})) as stage:
            await stage.ask("/help")
            await server.stop()
            assert "/summary" in (await stage.ask("/help"))["text"]
            stage.assistant.script = [model_answer("Check it [1].")]
            assert "Check it" in (await stage.ask("почему?"))["text"]
    finally:
        await server.stop()


async def test_an_update_that_outlives_the_polling_is_answered_and_leaves_no_connection(
    console: Console, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter, close = Gate.enter, RedisStorage.close
    entered, closed = asyncio.Event(), asyncio.Event()

    async def late(gate: Gate, user_id: int, *, bring: str | None = None) -> Passage:
        entered.set()
        await closed.wait()
        return await enter(gate, user_id, bring=bring)

    async def closing(storage: RedisStorage) -> None:
        await close(storage)
        closed.set()

    before = len(await redis.client_list())
    async with running(console, settings) as stage:
        await stage.ask("/help")
        monkeypatch.setattr(Gate, "enter", late)
        monkeypatch.setattr(RedisStorage, "close", closing)
        said = await console.say(ENGINEER, "/help")
        await entered.wait()
    assert [m for m in console.messages(ENGINEER) if m["from"]["is_bot"] and m["message_id"] > said["message_id"]]
    async with asyncio.timeout(5):
        while len(await redis.client_list()) > before:  # the server takes a moment to see who hung up
            await asyncio.sleep(0.05)


async def test_background_work_ends_before_the_container_closes_what_it_uses(settings: Settings, redis: Redis) -> None:
    before = len(await redis.client_list())
    async with Container.open(settings) as container:

        async def work() -> None:
            while True:
                await container.redis.ping()

        working = container.supervisor.start(work(), name="work")
        await asyncio.sleep(0.05)
    assert working.cancelled()
    async with asyncio.timeout(5):
        while len(await redis.client_list()) > before:
            await asyncio.sleep(0.05)


async def test_the_webhook_takes_updates_from_those_who_know_the_secret(console: Console, settings: Settings) -> None:
    url = f"http://127.0.0.1:{settings.bot.health_port}/telegram"
    changes = {"mode": "webhook", "webhook_url": AnyHttpUrl(url), "webhook_secret": SecretStr("s3cret")}
    webhook = settings.model_copy(update={"bot": settings.bot.model_copy(update=changes)})
    async with running(console, webhook) as stage:
        stage.assistant.script = [model_answer("Hooked.")]
        await stage.ask("почему?", lambda m: "Hooked." in m["text"])
        async with httpx.AsyncClient(trust_env=False) as client:
            forged = {"update_id": 1, "message": stage.console.messages(ENGINEER)[0]}
            assert (await client.post(url, json=forged)).status_code == 401
        assert stage.assistant.asked == ["почему?"]


async def test_a_wrong_token_ends_the_bot(console: Console, settings: Settings) -> None:
    wrong = settings.model_copy(update={"telegram_bot_token": SecretStr("100000:some-other-token-entirely")})
    detach_routers()
    async with Container.open(wrong) as container:
        with pytest.raises(TelegramUnauthorizedError):
            await run(container, create_bot(wrong), asyncio.Event())


async def test_a_bot_api_that_is_late_is_waited_for(console: Console, settings: Settings) -> None:
    console.fail_next("getMe", 502)
    async with running(console, settings) as stage:
        await stage.ask("/help")
        assert len(console.calls("getMe")) >= 2


async def test_stop_before_the_bot_api_answers_ends_the_bot(console: Console, settings: Settings) -> None:
    console.fail_next("getMe", 502, times=50)
    async with running(console, settings) as stage:
        while not console.calls("getMe"):
            await asyncio.sleep(0.01)
        await asyncio.wait_for(stage.end(), 5)
