"""The production broker, started as its container does, on Debian's mosquitto: who may publish, and who may read."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiomqtt
import pytest
from aiomqtt import MqttError

from core.settings import child_environment
from tests.deploy.compose import ROOT
from tests.ports import free_port

MQTT = ROOT / "deploy/mosquitto"
SECRETS = {"hydrodiag": "reader-secret", "plant": "device-secret"}


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
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


def client(port: int, user: str) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", port, username=user, password=SECRETS[user], identifier=f"{user}-test")


async def test_a_device_publishes_and_hydrodiag_reads(port: int) -> None:
    async with client(port, "hydrodiag") as reader, client(port, "plant") as device:
        await reader.subscribe("plant/#", qos=1)
        await device.publish("plant/press-2/pressure", "182.4 bar", qos=1)
        async with asyncio.timeout(5):
            message = await anext(aiter(reader.messages))
    assert message.payload == b"182.4 bar"


async def test_a_device_reads_nothing(port: int) -> None:
    received: list[aiomqtt.Message] = []
    with suppress(MqttError, TimeoutError):  # brokers refuse at once or stay silent
        async with client(port, "plant") as device, asyncio.timeout(0.5):
            await device.subscribe("plant/#", qos=1)
            await device.publish("plant/press-2/flow", "96.1", qos=1)
            received.append(await anext(aiter(device.messages)))
    assert received == []


async def test_a_device_writes_nowhere_but_under_plant(port: int) -> None:
    async with client(port, "hydrodiag") as reader:
        await reader.subscribe("#", qos=1)
        with suppress(MqttError):  # brokers hang up or stay silent
            async with client(port, "plant") as device:
                await device.publish("elsewhere/press-2", "1", qos=1)
        async with client(port, "plant") as device:
            await device.publish("plant/press-2/flow", "96.1", qos=1)
        async with asyncio.timeout(5):
            first = await anext(aiter(reader.messages))
    assert str(first.topic) == "plant/press-2/flow"


async def test_nobody_comes_in_without_a_password(port: int) -> None:
    with pytest.raises(MqttError):
        async with aiomqtt.Client("127.0.0.1", port, username="plant", password="wrong"):
            pass
    with pytest.raises(MqttError):
        async with aiomqtt.Client("127.0.0.1", port):
            pass
