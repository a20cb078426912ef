"""A gateway, its database and its broker, each of which can be made to fail."""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.broker import configured, mosquitto
from benchmarks.processes import ended, free_port
from benchmarks.rig import add_rig
from benchmarks.stores import valkey
from core.clock import utc_now
from core.database import create_engine, create_session_factory
from core.diagnostics.ingest.sources import SourceRegister
from core.embedded import EmbeddedPostgres
from core.processes import die_with_parent
from core.settings import child_environment
from core.users.rights import OPERATOR
from migrations.runner import upgrade

PAUSE_S = 0.1


@dataclass
class Plant:
    """The parts, and what was done to them."""

    folder: Path
    postgres: "CrashingPostgres"
    environment: dict[str, str]
    broker_port: int
    http_port: int
    token: str = ""
    arrived: int = 0
    sent_again: int = 0
    gateway_ended: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    gateway: asyncio.subprocess.Process | None = None
    broker: asyncio.subprocess.Process | None = None

    async def start_gateway(self) -> None:
        """Start the gateway and wait until it is ready."""
        self.gateway = await self.child("gateway", sys.executable, "-m", "gateway")
        async with httpx.AsyncClient(trust_env=False) as client:
            await _until(lambda: _ready(client, f"http://127.0.0.1:{self.http_port}/health/ready"))

    async def start_broker(self) -> None:
        """Start mosquitto, with what it had."""
        config = configured(self.folder, self.broker_port, persistent=True)
        self.broker = await self.child("mosquitto", str(mosquitto()), "-c", str(config))

    async def child(self, name: str, *command: str) -> asyncio.subprocess.Process:
        """Start a process whose output goes to a log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command, stdout=log, stderr=log, env=self.environment, preexec_fn=die_with_parent(signal.SIGKILL)
            )

    async def kill_gateway(self) -> None:
        """Kill it in whatever it does, and start another."""
        if self.gateway is not None:
            self.gateway_ended += self.gateway.returncode is not None
            self.gateway.kill()
            await self.gateway.wait()
        await self.start_gateway()

    async def crash_database(self) -> None:
        """Have PostgreSQL lose all that is not on disk, and recover."""
        await self.postgres.stop()
        await self.postgres.start()

    async def restart_broker(self) -> None:
        """End mosquitto as `systemctl restart` does: what it has acknowledged it keeps."""
        if self.broker is not None:
            self.broker.terminate()
            await self.broker.wait()
        await self.start_broker()


class CrashingPostgres(EmbeddedPostgres):
    """PostgreSQL that is never shut down in order."""

    stop_signal = signal.SIGQUIT


@asynccontextmanager
async def plant_in(folder: Path) -> AsyncIterator[Plant]:
    """Start everything; yield it ready to take readings."""
    postgres = CrashingPostgres(folder / "pg")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(postgres.stop)
        url, redis = await postgres.start(), await stack.enter_async_context(valkey(folder))
        await upgrade(url)
        broker, http = free_port(), free_port()
        environment = child_environment(
            DATABASE_URL=url,
            REDIS_URL=redis,
            HYDRODIAG_HOME=str(folder),
            INGEST__HTTP_PORT=str(http),
            INGEST__MQTT_URL=f"mqtt://127.0.0.1:{broker}",
        )
        plant = Plant(folder, postgres, environment, broker, http, await _machine(url))
        stack.push_async_callback(_end, plant)
        await plant.start_broker()
        await plant.start_gateway()
        yield plant


async def _end(plant: Plant) -> None:
    for process in (plant.gateway, plant.broker):
        if process is not None:
            await ended(process)


async def _machine(url: str) -> str:
    """Make a machine and a source; return the source's token."""
    engine = create_engine(url)
    await add_rig(create_session_factory(engine))
    token = await SourceRegister(create_session_factory(engine), utc_now).create(OPERATOR, "faults")
    await engine.dispose()
    return token


async def _until(happened: Callable[[], Awaitable[bool]]) -> None:
    while not await happened():
        await asyncio.sleep(PAUSE_S)


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
