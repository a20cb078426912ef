"""Health over HTTP: `/health/live` (the loop turns), `/health/ready` (the bot can do its work), and `/metrics`."""

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger(__name__)


class Health:
    """Answers the probes; `receiving` is set by the runner while updates are taken in."""

    def __init__(self, engine: AsyncEngine, redis: Redis) -> None:
        self.receiving = False
        self._engine = engine
        self._redis = redis

    def register(self, app: web.Application) -> None:
        """Add the probes to `app`."""
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _ready(self, _: web.Request) -> web.Response:
        checks = {"telegram": self.receiving, "database": await self._database(), "redis": await self._queue()}
        ready = all(checks.values())
        body = {"status": "ok" if ready else "unavailable", "checks": checks}
        return web.json_response(body, status=200 if ready else 503)

    async def _database(self) -> bool:
        try:
            async with self._engine.connect() as connection:
                await connection.execute(sql("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            log.warning("database not ready", error=str(error))
            return False
        return True

    async def _queue(self) -> bool:
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            log.warning("redis not ready", error=str(error))
            return False
        return True
