"""The production broker: who may publish, and who may read."""

import asyncio
from contextlib import suppress

import aiomqtt
import pytest
from aiomqtt import MqttError

from tests.fixtures.broker import SECRETS


def client(port: int, user: str) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", port, username=user, password=SECRETS[user], identifier=f"{user}-test")


async def test_a_device_publishes_and_hydrodiag_reads(broker_port: int) -> None:
    async with client(broker_port, "hydrodiag") as reader, client(broker_port, "plant") as device:
        await reader.subscribe("plant/#", qos=1)
        await device.publish("plant/press-2/pressure", "182.4 bar", qos=1)
        async with asyncio.timeout(5):
            message = await anext(aiter(reader.messages))
    assert message.payload == b"182.4 bar"


async def test_a_device_reads_nothing(broker_port: int) -> None:
    received: list[aiomqtt.Message] = []
    with suppress(MqttError, TimeoutError):  # brokers refuse at once or stay silent
        async with client(broker_port, "plant") as device, asyncio.timeout(0.5):
            await device.subscribe("plant/#", qos=1)
            await device.publish("plant/press-2/flow", "96.1", qos=1)
            received.append(await anext(aiter(device.messages)))
    assert received == []


async def test_a_device_writes_nowhere_but_under_plant(broker_port: int) -> None:
    async with client(broker_port, "hydrodiag") as reader:
        await reader.subscribe("#", qos=1)
        with suppress(MqttError):  # brokers hang up or stay silent
            async with client(broker_port, "plant") as device:
                await device.publish("elsewhere/press-2", "1", qos=1)
        async with client(broker_port, "plant") as device:
            await device.publish("plant/press-2/flow", "96.1", qos=1)
        async with asyncio.timeout(5):
            first = await anext(aiter(reader.messages))
    assert str(first.topic) == "plant/press-2/flow"


async def test_nobody_comes_in_without_a_password(broker_port: int) -> None:
    with pytest.raises(MqttError):
        async with aiomqtt.Client("127.0.0.1", broker_port, username="plant", password="wrong"):
            pass
    with pytest.raises(MqttError):
        async with aiomqtt.Client("127.0.0.1", broker_port):
            pass
