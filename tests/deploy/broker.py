"""The production broker, started as its container does, on Debian's mosquitto."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import child_environment
from tests.deploy.compose import ROOT
from tests.ports import free_port

MQTT = ROOT / "deploy/mosquitto"
SECRETS = {"hydrodiag": "reader-secret", "plant": "device-secret"}


@pytest.fixture
async def broker_port(tmp_path: Path) -> AsyncIterator[int]:
    """The port of a broker of this test's own; only the paths of its files are this test's, too."""
    path = f"/usr/sbin:{os.environ['PATH']}"
    if shutil.which("mosquitto", path=path) is None:
        pytest.skip("needs mosquitto (Debian's package of that name)")
    port = free_port()
    for name in ("start", "mosquitto.conf", "acl"):
        text = (MQTT / name).read_text().replace("/mosquitto/config", str(tmp_path))
        text = text.replace("/tmp/passwords", f"{tmp_path}/passwords").replace("/mosquitto/data", str(tmp_path))
        (tmp_path / name).write_text(text.replace("listener 1883", f"listener {port} 127.0.0.1\nuser root"))
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        str(tmp_path / "start"),
        env=child_environment(PATH=path, MQTT_PASSWORD=SECRETS["hydrodiag"], MQTT_PLANT_PASSWORD=SECRETS["plant"]),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await _listening(port)
    yield port
    process.terminate()
    await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
