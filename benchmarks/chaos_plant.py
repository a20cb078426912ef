"""A whole installation for benchmarks/chaos.py, each part a process of its own, and what can be done to it."""

import asyncio
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import make_url

from benchmarks.chaos_servers import MODEL, FrontDoor, Model, Relay, serving
from benchmarks.processes import free_port
from benchmarks.telling import tell
from bot.console import Console
from bot.console.people import Person
from core.clock import utc_now
from core.container import Container
from core.diagnostics.ingest.sources import SourceRegister
from core.diagnostics.models import Quantity, Sensor, System
from core.embedded import EmbeddedPostgres, EmbeddedValkey
from core.jobs import Queue
from core.processes import die_with_parent
from core.settings import Settings, child_environment
from core.supervisor import Supervisor
from core.users.models import Role
from core.users.rights import OPERATOR
from demo.seed import HANDBOOK, HANDBOOK_VECTORS
from migrations.runner import upgrade

Fault = Callable[[], Coroutine[Any, Any, None]]
TOKEN = "100000:chaos_chaos_chaos_chaos_chaos"
MACHINE, SENSORS = "rig", 4
HOME_MB, STORES_MB = 256, 768
_ROOT = Path(__file__).resolve().parents[1]
_RESTART_S = 3.0
"""As RestartSec in deploy/systemd."""
_SERVER_RESTART_S = 1.0
_READY_S = 240.0
_SLOW_S = 0.05
"""Delay of each piece on a slow network, either way."""


@dataclass
class Unit:
    """A process that is started again whenever it ends, as systemd would."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ended: int = 0
    """How often it ended by itself."""
    process: asyncio.subprocess.Process | None = None
    _killed: bool = False

    async def keep(self) -> None:
        """Run it for ever."""
        while True:
            with self.log.open("ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", *self.arguments,
                    env=dict(self.environment), cwd=_ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                    preexec_fn=die_with_parent(signal.SIGKILL),
                )  # fmt: skip
            code = await self.process.wait()
            if not self._killed:
                self.ended += 1
                tell(f"{self.name} ended by itself, code {code}")
            self._killed = False
            await asyncio.sleep(_RESTART_S)

    async def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None and self.process.returncode is None:
            self._killed = True
            self.process.kill()


@dataclass
class Store:
    """PostgreSQL or Valkey: killed, or shut down, and up again a second later."""

    server: EmbeddedPostgres | EmbeddedValkey
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def kill(self) -> None:
        """SIGKILL."""
        await self._again(signal.SIGKILL)

    async def restart(self) -> None:
        """An orderly restart."""
        await self._again(self.server.stop_signal)

    async def ensure(self) -> None:
        """Start it if it has ended by itself, as on a full disk."""
        process = self.server._process
        if process is None or process.returncode is not None:
            async with self._busy:
                await self.server.start()

    async def _again(self, how: signal.Signals) -> None:
        async with self._busy:
            process = self.server._process
            if process is not None and process.returncode is None:
                process.send_signal(how)
                await process.wait()
            await asyncio.sleep(_SERVER_RESTART_S)
            await self.server.start()


@dataclass
class Plant:
    """The parts, and the faults that were done to them."""

    home: Path
    stores: Path
    database: str
    console: Console
    door: FrontDoor
    model: Model
    units: list[Unit]
    postgres: Store
    valkey: Store
    relays: list[Relay]
    http_port: int
    token: str
    health_port: int
    chance: random.Random
    small_disk: bool
    done: Counter[str] = field(default_factory=Counter)

    def faults(self) -> dict[str, Fault]:
        """Return what can be done, by name."""
        known: dict[str, Fault] = {f"kill {unit.name}": unit.kill for unit in self.units}
        known |= {
            "kill postgresql": self.postgres.kill,
            "restart postgresql": self.postgres.restart,
            "kill valkey": self.valkey.kill,
            "restart valkey": self.valkey.restart,
            "cut connections": self._cut,
            "slow network": self._slow,
            "ollama hangs": self._hang,
            **{f"bot api {ill}": self._ill(ill) for ill in ("flood", "fault", "lost")},
        }
        if self.small_disk:
            known["full disk of home"] = self._fill_home
            known["full disk of stores"] = self._fill_stores
        return known

    async def until_ready(self, until: float) -> None:
        """Wait until bot and gateway can work, or that moment of the loop's time has come."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until), httpx.AsyncClient(trust_env=False, timeout=5) as client:
                for port in (self.health_port, self.http_port):
                    while not await _ready(client, port):
                        await asyncio.sleep(0.2)

    async def _cut(self) -> None:
        for relay in self.relays:
            relay.cut()

    async def _slow(self) -> None:
        self.door.ills.add("slow")
        for relay in self.relays:
            relay.delay_s = _SLOW_S
        try:
            await self._a_while()
        finally:
            self.door.ills.discard("slow")
            for relay in self.relays:
                relay.delay_s = 0.0

    async def _hang(self) -> None:
        self.model.hanging = True
        try:
            await self._a_while()
        finally:
            self.model.hanging = False

    def _ill(self, ill: str) -> Fault:
        async def befall() -> None:
            self.door.ills.add(ill)
            try:
                await self._a_while()
            finally:
                self.door.ills.discard(ill)

        return befall

    async def _fill_home(self) -> None:
        await self._fill(self.home)

    async def _fill_stores(self) -> None:
        await self._fill(self.stores)
        for store in (self.postgres, self.valkey):
            await store.ensure()

    async def _fill(self, disk: Path) -> None:
        ballast = disk / "ballast"
        try:
            with suppress(OSError), ballast.open("wb", buffering=0) as file:
                while file.write(bytes(1 << 20)):
                    pass
            await self._a_while()
        finally:
            ballast.unlink(missing_ok=True)

    async def _a_while(self) -> None:
        await asyncio.sleep(self.chance.uniform(8, 20))


async def _ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def installation(
    folder: Path, people: Mapping[Person, Role], questions: list[str], chance: random.Random
) -> AsyncIterator[Plant]:
    """Start everything below `folder`; yield it ready to be used."""
    async with AsyncExitStack() as stack:
        home, stores = folder / "home", folder / "stores"
        small = _small_disk(home, HOME_MB, stack) and _small_disk(stores, STORES_MB, stack)
        postgres, valkey = EmbeddedPostgres(stores / "pg"), EmbeddedValkey(stores / "valkey")
        stack.push_async_callback(postgres.stop)
        stack.push_async_callback(valkey.stop)
        own_url, own_redis = await postgres.start(), await valkey.start()
        await upgrade(own_url)
        console = Console(TOKEN, people=list(people))
        await console.start()
        stack.push_async_callback(console.stop)
        door, model = FrontDoor(console.url, random.Random(chance.random())), Model(questions)
        relays = [Relay(f"{make_url(own_url).query['host']}/.s.PGSQL.5432"), Relay(own_redis.removeprefix("unix://"))]
        pg_port, redis_port = [await stack.enter_async_context(relay.serve()) for relay in relays]
        database = f"postgresql://hydrodiag@127.0.0.1:{pg_port}/hydrodiag"
        http_port, health_port = free_port(), free_port()
        environment = child_environment(
            HYDRODIAG_HOME=str(home),
            DATABASE_URL=database,
            REDIS_URL=f"redis://127.0.0.1:{redis_port}",
            TELEGRAM_BOT_TOKEN=TOKEN,
            BOT__API_URL=await stack.enter_async_context(door.serve()),
            BOT__HEALTH_PORT=str(health_port),
            BOT__QUESTIONS_PER_MINUTE="100",
            INGEST__HTTP_PORT=str(http_port),
            OLLAMA_BASE_URL=await stack.enter_async_context(serving(model.app())),
            DEFAULT_LLM_MODEL=MODEL,
            LLM__FIRST_TOKEN_TIMEOUT_S="15",
            LLM__TOTAL_TIMEOUT_S="60",
            LOG__FORMAT="json",
            OMP_WAIT_POLICY="PASSIVE",
        )
        token = await _furnish(own_url, own_redis, home, people)
        units = [
            Unit("bot", ("bot",), environment, folder / "bot.log"),
            Unit("gateway", ("gateway",), environment, folder / "gateway.log"),
            Unit("watch", ("workers.watch",), environment, folder / "watch.log"),
            *(Unit(f"worker {q}", ("workers", q.value), environment, folder / f"worker-{q}.log") for q in Queue),
        ]
        keeper = Supervisor()
        stack.push_async_callback(keeper.drain, 0)
        stack.push_async_callback(_end, units)
        for unit in units:
            keeper.start(unit.keep(), name=unit.name)
        plant = Plant(
            home, stores, own_url, console, door, model, units, Store(postgres), Store(valkey), relays,
            http_port, token, health_port, chance, small,
        )  # fmt: skip
        await plant.until_ready(asyncio.get_running_loop().time() + _READY_S)
        tell("everything is up")
        yield plant


def _small_disk(folder: Path, megabytes: int, stack: AsyncExitStack) -> bool:
    """Give `folder` a small file system of its own, which can be filled; only root can."""
    folder.mkdir(exist_ok=True)
    command = ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode == 0:
        stack.callback(subprocess.run, ["/usr/bin/umount", "-l", str(folder)], check=False)
    return done.returncode == 0


async def _furnish(database: str, redis: str, home: Path, people: Mapping[Person, Role]) -> str:
    """Bring in people, a machine, the handbook and its index; return the token of a source of readings."""
    settings = Settings(
        _env_file=None, hydrodiag_home=home, database_url=SecretStr(database), redis_url=SecretStr(redis)
    )
    async with Container.open(settings) as container:
        for person, role in people.items():
            await container.users.enrol(OPERATOR, person.id, role, name=person.first_name, language="en")
        async with container.sessions.begin() as session:
            session.add(_machine())
        await container.documents.add_directory(OPERATOR, HANDBOOK)
        container.vectors.put(HANDBOOK_VECTORS)
        await container.indexes.rebuild()
        tell("handbook indexed")
        return await SourceRegister(container.sessions, utc_now).create(OPERATOR, "chaos")


def _machine() -> System:
    machine = System(code=MACHINE, names={"en": "Rig", "ru": "Стенд"}, kind="rig")
    machine.sensors = [
        Sensor(
            code=f"s{n}", names={"en": f"Sensor {n}", "ru": f"Датчик {n}"}, quantity=Quantity.PRESSURE, unit="bar",
            sampling_s=1.0,
        )
        for n in range(SENSORS)
    ]  # fmt: skip
    return machine


async def _end(units: list[Unit]) -> None:
    for unit in units:
        await unit.kill()


def copy_logs(folder: Path, to: Path) -> None:
    """Keep what the processes wrote."""
    to.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, to)
