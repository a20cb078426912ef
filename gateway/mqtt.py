"""Readings by MQTT: a persistent session at QoS 1, and each message acknowledged only once it is committed.

The broker sends at most `_RECEIVE_MAXIMUM` unacknowledged messages (MQTT 5) and keeps the rest: that is the
backpressure, and what bounds the memory. While a batch commits the next one gathers.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiomqtt import Client, Message, MqttError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from core.clock import Clock
from core.database import DATABASE_FAULTS
from core.diagnostics.ingest.blocks import Block
from core.diagnostics.ingest.intake import Intake
from core.settings import IngestSettings
from gateway.broker import broker
from gateway.payloads import MessageReader
from gateway.topics import TopicMap

log = structlog.get_logger(__name__)

_RECEIVE_MAXIMUM = 5000
_LARGEST_PACKET = 256 * 1024
_SESSION_S = 7 * 24 * 3600
"""How long the broker keeps our session, and what comes for it, while we are away."""
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0


class MqttIntake:
    """Subscribes to the topics of the settings and takes what comes in. `connected` is for the health endpoint."""

    def __init__(self, intake: Intake, clock: Clock, settings: IngestSettings, url: str) -> None:
        self.connected = False
        self._intake = intake
        self._clock = clock
        self._settings = settings
        self._url = url
        self._topics = TopicMap(settings.mqtt_topics)
        self._source = f"mqtt:{urlsplit(url).hostname}"

    async def run(self) -> None:
        """Take messages in until cancelled, through restarts of broker and database."""
        pause = _FIRST_PAUSE_S
        while True:
            arrived: asyncio.Queue[Message] = asyncio.Queue(4 * _RECEIVE_MAXIMUM)  # beyond it QoS 0 is dropped
            try:
                async with self._client(arrived) as client:
                    await self._subscribe(client)
                    pause, self.connected = _FIRST_PAUSE_S, True
                    log.info("mqtt connected", filters=self._topics.filters)
                    await self._take_messages(client, arrived)
            except MqttError as error:
                log.warning("mqtt broken off", error=str(error), again_in_s=pause)
            finally:
                self.connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _client(self, arrived: asyncio.Queue[Message]) -> Client:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = _RECEIVE_MAXIMUM
        properties.MaximumPacketSize = _LARGEST_PACKET
        properties.SessionExpiryInterval = _SESSION_S
        options: dict[str, Any] = {"queue_type": lambda maxsize: arrived}
        client = Client(
            **broker(self._url),
            identifier=self._settings.mqtt_client_id,
            clean_start=False,
            properties=properties,
            **options,
        )
        # aiomqtt has no door to it: paho, inside, lets us acknowledge by ourselves.
        client._client.manual_ack_set(True)
        return client

    async def _subscribe(self, client: Client) -> None:
        # Retained messages are passed over: they are old, and plain numbers among them would look new.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        for topic_filter in self._topics.filters:
            await client.subscribe(topic_filter, options=options)

    async def _take_messages(self, client: Client, arrived: asyncio.Queue[Message]) -> None:
        reader = MessageReader(self._topics)
        async for first in client.messages:
            await asyncio.sleep(self._settings.batch_wait_s)
            batch = [first, *(arrived.get_nowait() for _ in range(arrived.qsize()))]
            now = self._clock()
            for message in batch:
                reader.add(str(message.topic), _bytes(message.payload), now)
            await self._commit(reader.block())
            for message in batch:
                client._client.ack(message.mid, message.qos)

    async def _commit(self, block: Block) -> None:
        """Take `block` in, however long the database is away: the broker keeps the rest meanwhile."""
        pause = _FIRST_PAUSE_S
        while True:
            try:
                await self._intake.take(self._source, block)
            except DATABASE_FAULTS as error:
                log.warning("readings wait for the database", readings=len(block), error=str(error), again_in_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
            else:
                return


def _bytes(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload).encode()
