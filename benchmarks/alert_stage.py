"""The whole installation, for benchmarks of alarms.

Bot, gateway, watch and workers are the processes that `hydrodiag run` starts, started the same way; PostgreSQL and
Valkey are the embedded ones. The Bot API is the console, in this process as it is in `hydrodiag run`'s, and keeps
Telegram's limits.
"""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from pydantic import AnyHttpUrl, SecretStr

from benchmarks.receiving import Receiver
from bot.console import Console, Person
from cli.children import Child, children_of
from core.container import Container
from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.models import AlertProfile
from core.diagnostics.ingest.sources import SourceRegister
from core.diagnostics.models import Quantity, Sensor, System
from core.embedded import EmbeddedPostgres, EmbeddedValkey
from core.leadership import Post, holder_query
from core.settings import BotSettings, IngestSettings, Settings
from core.supervisor import Supervisor
from core.users.models import Role, User
from core.users.rights import OPERATOR
from demo.seed import HANDBOOK, HANDBOOK_VECTORS
from migrations.runner import upgrade

TOKEN = "100000:token-of-the-benchmarks"
NORMAL, LIMIT = 120.0, 200.0
"""What sensors show, and where they are critical; bar."""
NOBODY = "http://127.0.0.1:1"
"""No Ollama: answers are passages, word for word, so that no model decides how long they take."""
_READY_S = 180
_STOP_S = 15
_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Stage:
    """The running installation."""

    container: Container
    console: Console
    receiver: Receiver
    postgres: EmbeddedPostgres
    children: dict[str, Child]
    client: httpx.AsyncClient
    """Posts readings."""

    async def post(self, rows: Sequence[tuple[str, str, float]]) -> None:
        """Send readings (machine/sensor, ISO time, value) through the gateway, which answers after the commit."""
        body = "\n".join(["sensor,time,value", *(f"{sensor},{at},{value}" for sensor, at, value in rows)])
        (await self.client.post("/ingest", content=body.encode())).raise_for_status()

    async def build(self, name: str, count: int, sensors: int, sites: Sequence[str]) -> list[str]:
        """Build machines `Name 0000`..., in turn on `sites`, each with so many sensors; return all sensors' names."""
        codes = [f"{name.lower()}-{number:04d}" for number in range(count)]
        async with self.container.sessions.begin() as session:
            session.add_all(
                _machine(f"{name} {number:04d}", code, sensors, sites[number % len(sites)])
                for number, code in enumerate(codes)
            )
        return [f"{code}/s{number}" for code in codes for number in range(sensors)]

    async def enrol(self, people: Sequence[Person], machines: Sequence[Sequence[str]]) -> None:
        """Make thousands of people engineers, each of whom hears of some machines only."""
        async with self.container.sessions.begin() as session:
            for person, codes in zip(people, machines, strict=True):
                session.add(User(id=person.id, name=person.first_name, role=Role.ENGINEER, language="en"))
                session.add(AlertProfile(chat_id=person.id, matcher=Matcher(machines=tuple(codes)).as_json()))

    async def listen(self, chat_id: int, sites: Sequence[str], *, wanted: bool = True) -> None:
        """Have a chat hear of the machines on some sites only."""
        matcher = Matcher(sites=tuple(sites)).as_json()
        async with self.container.sessions.begin() as session:
            await session.merge(AlertProfile(chat_id=chat_id, wanted=wanted, matcher=matcher))


@asynccontextmanager
async def staged(
    people: Sequence[Person],
    *,
    later: Sequence[Person] = (),
    scale: float = 1,
    programs: Mapping[str, Sequence[str]] | None = None,
) -> AsyncIterator[Stage]:
    """Start everything, the demonstration handbook indexed and all of `people` engineers; end it again.

    `later`: people whom the Bot API knows as well, and nobody else yet.
    `scale`: of the limits that the Bot API keeps. `programs`: modules, with arguments, to run as some processes instead
    of their own, by the names of `cli.children`. A process that ends is started again at once.
    """
    receiver = Receiver(scale)
    console = Console(TOKEN, people=[*people, *later], flood=receiver)
    await console.start()
    try:
        with tempfile.TemporaryDirectory(prefix="hydrodiag-benchmark-") as folder:
            home = Path(folder)
            postgres, valkey = EmbeddedPostgres(home / "postgres"), EmbeddedValkey(home / "valkey")
            async with _stores(postgres, valkey):
                settings = _settings(home, postgres.url(), valkey.url, console.url)
                async with Container.open(settings) as container:
                    await _prepare(container, people)
                    children = [_ours(child, programs or {}) for child in children_of(settings)]
                    async with _running(children, container), _source(container) as client:
                        by_name = {child.name: child for child in children}
                        yield Stage(container, console, receiver, postgres, by_name, client)
    finally:
        await console.stop()


@asynccontextmanager
async def _stores(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> AsyncIterator[None]:
    try:
        await upgrade(await postgres.start())
        await valkey.start()
        yield
    finally:
        await valkey.stop()
        await postgres.stop()


def _settings(home: Path, database: str, redis: str, api_url: str) -> Settings:
    """Name the parts; ports are any that are free, so that two benchmarks may run at the same time."""
    return Settings(
        _env_file=None,
        hydrodiag_home=home,
        database_url=SecretStr(database),
        redis_url=SecretStr(redis),
        telegram_bot_token=SecretStr(TOKEN),
        ollama_base_url=AnyHttpUrl(NOBODY),
        bot=BotSettings(api_url=AnyHttpUrl(api_url), health_port=_free_port()),
        ingest=IngestSettings(http_port=_free_port()),
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def _prepare(container: Container, people: Sequence[Person]) -> None:
    for person in people:
        if person.id > 0:
            await container.users.enrol(OPERATOR, person.id, Role.ENGINEER, name=person.first_name, language="en")
    await container.documents.add_directory(OPERATOR, HANDBOOK)
    container.vectors.put(HANDBOOK_VECTORS)
    await container.indexes.rebuild()


@asynccontextmanager
async def _running(children: Sequence[Child], container: Container) -> AsyncIterator[None]:
    supervisor = Supervisor()
    try:
        for child in children:
            supervisor.start(_forever(child), name=child.name)
        await _until_ready(container)
        yield
    finally:
        await asyncio.gather(*(child.stop(_STOP_S) for child in children))
        await supervisor.drain(0)


async def _forever(child: Child) -> None:
    """Run it again whenever it ends, without the patience of `hydrodiag run`: who kills it here does so on purpose."""
    while not child.stopping:
        await child._run_once()
        await asyncio.sleep(_AGAIN_S)


def _ours(child: Child, programs: Mapping[str, Sequence[str]]) -> Child:
    """Let one person ask as often as a benchmark does."""
    environment = {
        **child.environment,
        "OLLAMA_BASE_URL": NOBODY,
        "BOT__QUESTIONS_PER_MINUTE": "1000",
        "BOT__QUESTIONS_PER_DAY": "10000",
        "BOT__UPDATES_PER_MINUTE": "10000",
    }
    return replace(child, arguments=tuple(programs.get(child.name, child.arguments)), environment=environment)


async def _until_ready(container: Container) -> None:
    """Wait until the bot answers, the gateway takes readings and the watch is at its post."""
    settings = container.settings
    probes = [
        f"http://{settings.bot.health_host}:{settings.bot.health_port}/health/ready",
        f"http://{settings.ingest.http_host}:{settings.ingest.http_port}/health/ready",
    ]
    async with asyncio.timeout(_READY_S), httpx.AsyncClient(trust_env=False) as client:
        for url in probes:
            while not await _answers(client, url):
                await asyncio.sleep(0.2)
        async with container.engine.connect() as connection:
            while not await connection.scalar(holder_query(Post.WATCH)):
                await asyncio.sleep(0.2)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def _source(container: Container) -> AsyncIterator[httpx.AsyncClient]:
    token = await SourceRegister(container.sessions, container.clock).create(OPERATOR, "benchmark")
    ingest = container.settings.ingest
    async with httpx.AsyncClient(
        base_url=f"http://{ingest.http_host}:{ingest.http_port}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "text/csv"},
        trust_env=False,
        timeout=60,
    ) as client:
        yield client


def _machine(name: str, code: str, sensors: int, site: str) -> System:
    system = System(code=code, names={"en": name}, kind="rig", site=site, public=True)
    system.sensors = [
        Sensor(
            code=f"s{number}",
            names={"en": f"Pressure {number}"},
            quantity=Quantity.PRESSURE,
            unit="bar",
            warning_high=LIMIT,
            critical_high=LIMIT,
            sampling_s=1.0,
            stale_after_s=3600.0,
        )
        for number in range(sensors)
    ]
    return system
