"""The gateway's life: serve HTTP, listen to MQTT if there is a broker, and end in order."""

import asyncio

import structlog
from aiohttp import web

from core.container import Container
from core.diagnostics.ingest.combining import CombinedIntake
from core.diagnostics.ingest.requests import AnsweredRequests
from core.diagnostics.ingest.sources import SourceRegister
from core.probes import Check, Probes, database_answers, serving
from core.supervisor import Supervisor
from gateway.http import IngestEndpoint
from gateway.mqtt import MqttIntake

log = structlog.get_logger(__name__)


async def run(container: Container, stop: asyncio.Event) -> None:
    """Take readings in until `stop`; what is not committed by then was not acknowledged, and is sent again."""
    settings, background = container.settings.ingest, Supervisor()
    mqtt = None
    if settings.mqtt_url is not None:
        mqtt = MqttIntake(container.intake, container.clock, settings, settings.mqtt_url.get_secret_value())
    app = _app(container, mqtt)
    async with serving(
        app, settings.http_host, settings.http_port, unpack=False
    ):  # the endpoint limits what it unpacks
        try:
            if mqtt is not None:
                background.start(mqtt.run(), name="mqtt")
            log.info("gateway started", port=settings.http_port, mqtt=mqtt is not None)
            await stop.wait()
        finally:
            await background.drain(0)


def _app(container: Container, mqtt: MqttIntake | None) -> web.Application:
    endpoint = IngestEndpoint(
        CombinedIntake(container.intake),
        SourceRegister(container.sessions, container.clock),
        AnsweredRequests(container.sessions, container.clock),
        largest_bytes=int(container.settings.ingest.max_request_mb * 2**20),
    )

    checks = {"database": database_answers(container.engine)}
    if mqtt is not None:
        checks["mqtt"] = _connected(mqtt)
    app = web.Application()
    endpoint.register(app)
    Probes(checks).register(app)
    return app


def _connected(mqtt: MqttIntake) -> Check:
    async def check() -> bool:
        return mqtt.connected

    return check
