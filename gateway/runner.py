"""The gateway's life: serve HTTP, listen to MQTT if there is a broker, and end in order."""

import asyncio

import structlog
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.container import Container
from core.diagnostics.ingest.combining import CombinedIntake
from core.diagnostics.ingest.requests import AnsweredRequests
from core.diagnostics.ingest.sources import SourceRegister
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
    runner = web.AppRunner(_app(container, mqtt), access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.http_host, settings.http_port).start()
        if mqtt is not None:
            background.start(mqtt.run(), name="mqtt")
        log.info("gateway started", port=settings.http_port, mqtt=mqtt is not None)
        await stop.wait()
    finally:
        await background.drain(0)
        await runner.cleanup()


def _app(container: Container, mqtt: MqttIntake | None) -> web.Application:
    endpoint = IngestEndpoint(
        CombinedIntake(container.intake),
        SourceRegister(container.sessions, container.clock),
        AnsweredRequests(container.sessions, container.clock),
        largest_bytes=int(container.settings.ingest.max_request_mb * 2**20),
    )

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_: web.Request) -> web.Response:
        checks = {"database": await _database(container), "mqtt": mqtt is None or mqtt.connected}
        healthy = all(checks.values())
        body = {"status": "ok" if healthy else "unavailable", "checks": checks}
        return web.json_response(body, status=200 if healthy else 503)

    app = web.Application()
    endpoint.register(app)
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    return app


async def _database(container: Container) -> bool:
    try:
        async with container.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as error:
        log.warning("database not ready", error=str(error))
        return False
    return True
