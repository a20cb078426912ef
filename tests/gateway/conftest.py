"""A plant with one press, and a real broker: Debian's mosquitto."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import SessionFactory
from core.diagnostics.ingest.models import QuarantinedReading
from core.diagnostics.models import Reading, Sensor, System
from tests.ports import free_port

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@dataclass
class Broker:
    """A mosquitto that keeps what it has through a restart."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    async def start(self) -> None:
        lines = (
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_queued_messages 0",
            "user root",
            "log_dest none",
        )
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self.process = await asyncio.create_subprocess_exec(str(MOSQUITTO), "-c", str(self.folder / "mosquitto.conf"))
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    """A broker of this test's own."""
    if MOSQUITTO is None:
        pytest.skip("needs mosquitto (Debian's package of that name)")
    broker = Broker(tmp_path)
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def press(sessions: SessionFactory) -> str:
    """A press with a pressure in bar, and an oil temperature in degrees Celsius."""
    async with sessions.begin() as session:
        system = System(code="press", names={"en": "Press"}, kind="press")
        session.add(Sensor(system=system, code="pressure", names={"en": "P"}, quantity="pressure", unit="bar"))
        session.add(Sensor(system=system, code="oil", names={"en": "T"}, quantity="temperature", unit="degC"))
    return "press"


async def values(sessions: SessionFactory, code: str = "pressure") -> list[float]:
    """Return the values that are in the table, by time."""
    query = select(Reading.value).join(Sensor, Sensor.id == Reading.sensor_id).where(Sensor.code == code)
    async with sessions() as session:
        return list(await session.scalars(query.order_by(Reading.time)))


async def quarantined(sessions: SessionFactory) -> Sequence[QuarantinedReading]:
    """Return the readings in quarantine."""
    async with sessions() as session:
        return (await session.scalars(select(QuarantinedReading).order_by(QuarantinedReading.id))).all()
