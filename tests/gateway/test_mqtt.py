"""Readings by MQTT through a real broker: acknowledged after their commit, through restarts of broker and database."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import aiomqtt
import pytest
from sqlalchemy.exc import OperationalError

from core.clock import utc_now
from core.database import SessionFactory
from core.diagnostics.ingest.intake import Delivery, Intake, Receipt
from core.settings import IngestSettings
from core.supervisor import Supervisor
from gateway import mqtt
from gateway.mqtt import MqttIntake
from tests.gateway.conftest import Broker, quarantined, values

SETTINGS = IngestSettings(batch_wait_s=0.02)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "_FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(mqtt, "_LONGEST_PAUSE_S", 0.2)


@asynccontextmanager
async def listening(intake: Intake, broker: Broker) -> AsyncIterator[MqttIntake]:
    listener, supervisor = MqttIntake(intake, utc_now, SETTINGS, broker.url), Supervisor()
    supervisor.start(listener.run(), name="mqtt")
    try:
        await until(lambda: listener.connected)
        yield listener
    finally:
        await supervisor.drain(0)


async def until(met: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not met():
            await asyncio.sleep(0.02)


async def until_stored(sessions: SessionFactory, count: int, code: str = "pressure") -> list[float]:
    async with asyncio.timeout(20):
        while len(found := await values(sessions, code)) < count:
            await asyncio.sleep(0.05)
    return found


async def publish(broker: Broker, first: int, last: int, *, retain: bool = False) -> None:
    """Publish readings `first` to `last`, one a second of the past hour, each with its own time."""
    begin = utc_now() - timedelta(hours=1)
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for number in range(first, last):
            body = {"value": number / 100, "time": (begin + timedelta(seconds=number)).isoformat()}
            await client.publish("plant/press/pressure", json.dumps(body), qos=1, retain=retain)


async def test_json_and_plain_payloads_come_in_and_the_rest_is_kept(
    broker: Broker, sessions: SessionFactory, press: str
) -> None:
    async with listening(Intake(sessions, utc_now), broker):
        await publish(broker, 0, 5)
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.publish("plant/press/oil", "119.3 °F", qos=1)
            await client.publish("plant/press/oil", "-", qos=1)
            await client.publish("plant/press/flow", "5", qos=0)
            await client.publish("plant/press", b'{"ts": "not a time", "values": {"oil": 1, "pressure": 2}}', qos=1)
        assert await until_stored(sessions, 1, "oil") == [pytest.approx(48.5)]
        assert await until_stored(sessions, 5) == [0.0, 0.01, 0.02, 0.03, 0.04]
        async with asyncio.timeout(10):
            while len(kept := await quarantined(sessions)) < 4:
                await asyncio.sleep(0.05)
    assert sorted(one.reason for one in kept) == ["bad_time", "bad_time", "bad_value", "unknown_sensor"]
    assert {one.source for one in kept} == {"mqtt:127.0.0.1"}
    assert any(one.raw == b"plant/press/oil -" for one in kept)


async def test_what_comes_while_nobody_listens_waits_at_the_broker(
    broker: Broker, sessions: SessionFactory, press: str
) -> None:
    async with listening(Intake(sessions, utc_now), broker):
        pass
    await publish(broker, 0, 1500)
    async with listening(Intake(sessions, utc_now), broker):
        assert len(await until_stored(sessions, 1500)) == 1500


async def test_retained_values_are_not_taken_for_new_ones(broker: Broker, sessions: SessionFactory, press: str) -> None:
    await publish(broker, 7, 8, retain=True)
    async with listening(Intake(sessions, utc_now), broker):
        await publish(broker, 9, 10)
        assert await until_stored(sessions, 1) == [0.09]


async def test_a_message_is_acknowledged_only_once_committed(
    broker: Broker, sessions: SessionFactory, press: str
) -> None:
    class Stuck(Intake):
        async def take_all(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
            began.set()
            await asyncio.Event().wait()
            return []

    began = asyncio.Event()
    async with listening(Stuck(sessions, utc_now), broker):
        await publish(broker, 0, 10)
        await asyncio.wait_for(began.wait(), 10)
    assert await values(sessions) == []
    async with listening(Intake(sessions, utc_now), broker):
        assert len(await until_stored(sessions, 10)) == 10


async def test_a_restart_of_the_broker_and_an_outage_of_the_database_lose_nothing(
    broker: Broker, sessions: SessionFactory, press: str
) -> None:
    class Away(Intake):
        async def take_all(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
            if away:
                raise OperationalError("COMMIT", {}, OSError("the server closed the connection"))
            return await super().take_all(deliveries)

    away = False
    async with listening(Away(sessions, utc_now), broker) as listener:
        await publish(broker, 0, 300)
        await broker.stop()
        await until(lambda: not listener.connected)
        await broker.start()
        await until(lambda: listener.connected)
        away = True
        await publish(broker, 300, 600)
        await asyncio.sleep(0.3)
        away = False
        assert len(await until_stored(sessions, 600)) == 600
    assert await quarantined(sessions) == []
