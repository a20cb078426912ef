"""Health over HTTP, the same from every process: `/health/live` (the loop turns), `/health/ready` (the process can do
its work) and `/metrics` for Prometheus."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from math import nan

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine

from core.database import DATABASE_FAULTS
from core.errors import worded
from core.metrics import DEPENDENCY_AGE_SECONDS, DEPENDENCY_UP

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[bool]]
Gauges = Callable[[], Awaitable[None]]
_PATIENCE_S = 3.0
"""A dependency that hangs is not ready, and must not hang the probe."""
_FAILURES = (*DATABASE_FAULTS, RedisError)  # TimeoutError is an OSError


class Probes:
    """Answers the probes of one process; `checks` are what it can't work without, by name.

    `gauges` bring up to date, before metrics are read, what somebody has to be asked for.
    """

    def __init__(self, checks: Mapping[str, Check], *gauges: Gauges) -> None:
        self._checks = checks
        self._gauges = gauges
        self._last_ok: dict[str, float] = {}

    def register(self, app: web.Application) -> None:
        """Add the probes to `app`."""
        app.router.add_get("/health/live", self._live)
        app.router.add_get("/health/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _metrics(self, _: web.Request) -> web.Response:
        await asyncio.gather(*(self._holds(name) for name in self._checks), *map(_brought_up_to_date, self._gauges))
        for name in self._checks:
            age = self._age(name)
            DEPENDENCY_AGE_SECONDS.labels(name).set(nan if age is None else age)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _ready(self, _: web.Request) -> web.Response:
        outcomes = await asyncio.gather(*(self._holds(name) for name in self._checks))
        checks = {name: {"ok": ok, "age_s": self._age(name)} for name, ok in zip(self._checks, outcomes, strict=True)}
        ready = all(outcomes)
        body = {"status": "ok" if ready else "unavailable", "checks": checks}
        return web.json_response(body, status=200 if ready else 503)

    async def _holds(self, name: str) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                ok = await self._checks[name]()
        except _FAILURES as error:
            log.warning("not ready", check=name, error=worded(error))
            ok = False
        DEPENDENCY_UP.labels(name).set(ok)
        if ok:
            self._last_ok[name] = time.monotonic()
        return ok

    def _age(self, name: str) -> float | None:
        """Seconds since `name` was last seen to hold; None: not once since the start."""
        last = self._last_ok.get(name)
        return None if last is None else round(time.monotonic() - last, 1)


async def _brought_up_to_date(gauges: Gauges) -> None:
    """Leave them as they were where what they are read from is away: the dependency's own metric tells."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await gauges()
    except _FAILURES as error:
        log.warning("metrics are old", error=worded(error))


def database_answers(engine: AsyncEngine) -> Check:
    """Return the check that the database answers."""

    async def check() -> bool:
        async with engine.connect() as connection:
            await connection.execute(sql("SELECT 1"))
        return True

    return check


def redis_answers(redis: Redis) -> Check:
    """Return the check that Redis answers."""

    async def check() -> bool:
        await redis.ping()
        return True

    return check


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int, *, unpack: bool = True) -> AsyncIterator[None]:
    """Serve `app` on `host` and `port` while the context lasts; `unpack` undoes the compression of requests."""
    runner = web.AppRunner(app, access_log=None, auto_decompress=unpack)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()
