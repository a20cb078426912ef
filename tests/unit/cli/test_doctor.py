"""The doctor finds each fault that is provoked here, says what to mend, and names no secret."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyHttpUrl, SecretStr
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.console import Console
from cli.checkups import Finding, State, examine
from core.clock import utc_now
from core.database import SessionFactory
from core.diagnostics.models import Reading
from core.jobs import Queue
from core.leadership import Post, leadership
from core.outbox import Outbox
from core.settings import BackupSettings, BotSettings, EmbeddingBackend, IngestSettings, RagSettings, Settings
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.service import UserService
from tests.fakes.ollama import OllamaServer, Script
from tests.fixtures.broker import SECRETS
from tests.ports import free_port

TOKEN = "4242:" + "t" * 30


def settings(tmp_path: Path, **changes: Any) -> Settings:
    """Settings of a deployment in which nothing answers, but for `changes`."""
    nowhere = AnyHttpUrl(f"http://127.0.0.1:{free_port()}")
    values = {"hydrodiag_home": tmp_path, "ollama_base_url": nowhere, **changes}
    return Settings(_env_file=None, **values)


async def found(given: Settings, *, ahead: timedelta = timedelta()) -> dict[str, Finding]:
    findings = {finding.part: finding for finding in await examine(given, lambda: utc_now() + ahead)}
    for finding in findings.values():
        assert bool(finding.mend) is (finding.state is not State.OK)
        assert TOKEN not in finding.said + finding.mend
        assert "s3cret" not in finding.said + finding.mend
    return findings


@pytest.fixture
async def telegram() -> AsyncIterator[Console]:
    console = Console(TOKEN)
    await console.start()
    yield console
    await console.stop()


async def test_what_does_not_answer_is_said_with_what_to_check(tmp_path: Path) -> None:
    port = free_port()
    ill = await found(
        settings(
            tmp_path,
            database_url=SecretStr(f"postgresql://u:s3cret@127.0.0.1:{port}/none"),
            redis_url=SecretStr(f"redis://:s3cret@127.0.0.1:{port}"),
            telegram_bot_token=SecretStr(TOKEN),
            bot=BotSettings(api_url=AnyHttpUrl(f"http://127.0.0.1:{port}")),
            ingest=IngestSettings(mqtt_url=SecretStr(f"mqtt://u:s3cret@127.0.0.1:{port}")),
        )
    )
    for part, name in {"database": "DATABASE_URL", "redis": "REDIS_URL", "telegram": "BOT__API_URL"}.items():
        assert ill[part].state is State.FAULT
        assert name in ill[part].mend
    assert ill["mqtt"].state is State.FAULT
    assert (ill["model"].state, ill["model"].said[:6]) == (State.WARNING, "Ollama")


async def test_an_empty_database_needs_migrating(tmp_path: Path, empty_database_url: str) -> None:
    ill = await found(settings(tmp_path, database_url=SecretStr(empty_database_url)))
    assert (ill["schema"].state, ill["schema"].mend) == (State.FAULT, "run: hydrodiag migrate")


async def test_a_new_database_lacks_an_admin_readings_and_processes(
    tmp_path: Path, database_url: str, engine: AsyncEngine, sessions: SessionFactory
) -> None:
    given = settings(tmp_path, database_url=SecretStr(database_url))
    ill = await found(given)
    assert ill["schema"].state is State.OK
    assert "hydrodiag superuser" in ill["admins"].mend
    assert ill["readings"].state is State.WARNING
    assert (ill["delivery"].mend, ill["watch"].mend) == ("start python -m bot", "start python -m workers.watch")
    await UserService(sessions, utc_now, Outbox(sessions, utc_now)).enrol(OPERATOR, 1, Role.ADMIN, name="Anna")
    async with sessions.begin() as session:
        session.add(Reading(sensor_id=1, time=utc_now(), value=1.0))
    async with leadership(engine, Post.DELIVERY), leadership(engine, Post.WATCH):
        well = await found(given)
    assert {well[part].state for part in ("admins", "readings", "delivery", "watch", "clock")} == {State.OK}
    late = await found(given, ahead=timedelta(hours=2))
    assert (late["clock"].state, late["readings"].state) == (State.WARNING, State.WARNING)
    assert "NTP" in late["clock"].mend


async def test_workers_that_do_not_run_are_named(tmp_path: Path, redis: Redis, redis_url: str) -> None:
    given = settings(tmp_path, redis_url=SecretStr(redis_url))
    for queue in (Queue.USERS, Queue.DIAGNOSTICS):
        await redis.set(f"{queue.value}:health-check", "here", ex=60)
    ill = await found(given)
    assert (ill["workers"].said, ill["workers"].mend) == ("none for ai_tasks", "start: python -m workers ai_tasks")
    await redis.set(f"{Queue.AI_TASKS.value}:health-check", "here", ex=60)
    assert (await found(given))["workers"].state is State.OK


async def test_a_redis_that_may_throw_jobs_away_is_a_fault(tmp_path: Path, redis: Redis, redis_url: str) -> None:
    await redis.config_set("maxmemory", "200mb")
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        ill = await found(settings(tmp_path, redis_url=SecretStr(redis_url)))
    finally:
        await redis.config_set("maxmemory", "0")
        await redis.config_set("maxmemory-policy", "noeviction")
    assert "noeviction" in ill["redis"].mend


async def test_telegram_tells_a_wrong_token_and_a_webhook_of_somebody_else(tmp_path: Path, telegram: Console) -> None:
    def given(token: str, **changes: Any) -> Settings:
        bot = BotSettings(api_url=AnyHttpUrl(telegram.url), **changes)
        return settings(tmp_path, telegram_bot_token=SecretStr(token), bot=bot)

    assert "@BotFather" in (await found(given("1:" + "x" * 30)))["telegram"].mend
    assert (await found(given(TOKEN)))["telegram"].state is State.OK
    webhook = {
        "mode": "webhook",
        "webhook_url": AnyHttpUrl("https://bot.example/hook"),
        "webhook_secret": SecretStr("s3cret"),
    }
    assert "python -m bot" in (await found(given(TOKEN, **webhook)))["telegram"].mend


async def test_a_model_that_was_not_pulled_is_named(tmp_path: Path) -> None:
    async with OllamaServer(Script([]), "other:1b").serve() as ollama:
        given = settings(tmp_path, ollama_base_url=AnyHttpUrl(ollama.url), default_llm_model="qwen3:8b")
        assert (await found(given))["model"].mend == "run: ollama pull qwen3:8b"
        pulled = given.model_copy(update={"default_llm_model": "other:1b"})
        assert (await found(pulled))["model"].state is State.OK


async def test_embeddings_that_are_not_installed_name_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.checkups.find_spec", lambda name: None)
    rag = RagSettings(embedding_backend=EmbeddingBackend.SENTENCE_TRANSFORMERS)
    ill = await found(settings(tmp_path, rag=rag))
    assert ill["embeddings"].mend == "pip install 'hydrodiag[sentence-transformers]'"


async def test_backups_that_are_missing_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert "BACKUP__FOLDER" in (await found(settings(tmp_path)))["backups"].mend
    ill = await found(settings(tmp_path, backup=BackupSettings(folder=folder)))
    assert "hydrodiag backup" in ill["backups"].mend


async def test_a_home_that_can_not_be_written_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.checkups.os.access", lambda path, mode: False)  # root may write everywhere
    assert "chown" in (await found(settings(tmp_path / "home")))["home"].mend


async def test_a_server_that_accepts_and_says_nothing_does_not_hang_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.checkups.PATIENCE_S", 0.2)
    release = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        given = settings(tmp_path, database_url=SecretStr(f"postgresql://u:s3cret@127.0.0.1:{port}/x"))
        ill = await found(given)
        release.set()
    with suppress(TimeoutError):
        await asyncio.wait_for(server.wait_closed(), 1)
    assert ill["database"].state is State.FAULT


@pytest.mark.parametrize(
    ("user", "password", "state", "said"),
    [
        ("hydrodiag", SECRETS["hydrodiag"], State.OK, "lets us in"),
        ("hydrodiag", "s3cret-but-wrong", State.FAULT, "127.0.0.1"),
    ],
)
async def test_the_broker_is_well_if_it_lets_the_gateway_in(
    tmp_path: Path, broker_port: int, user: str, password: str, state: State, said: str
) -> None:
    url = SecretStr(f"mqtt://{user}:{password}@127.0.0.1:{broker_port}")
    ill = await found(settings(tmp_path / "home", ingest=IngestSettings(mqtt_url=url)))
    assert ill["mqtt"].state is state, ill["mqtt"]
    assert said in ill["mqtt"].said
