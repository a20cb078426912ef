"""What the probes say of a dependency that answers, that fails, that hangs, and that comes back."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from core import probes
from core.probes import Probes, serving


class Dependency:
    """Does what the test sets."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.hangs = False

    async def check(self) -> bool:
        if self.hangs:
            await asyncio.sleep(60)
        if self.fault is not None:
            raise self.fault
        return True


@pytest.fixture
def broker() -> Dependency:
    return Dependency()


@pytest.fixture
async def client(broker: Dependency) -> AsyncIterator[httpx.AsyncClient]:
    app, port = web.Application(), unused_port()
    Probes({"broker": broker.check}).register(app)
    async with (
        serving(app, "127.0.0.1", port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


async def test_a_dependency_that_never_answered_has_no_age(client: httpx.AsyncClient, broker: Dependency) -> None:
    broker.fault = ConnectionRefusedError()
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "checks": {"broker": {"ok": False, "age_s": None}}}


async def test_one_that_fails_tells_for_how_long(client: httpx.AsyncClient, broker: Dependency) -> None:
    assert (await client.get("/health/ready")).json()["checks"]["broker"] == {"ok": True, "age_s": 0.0}
    broker.fault = OSError("gone")
    await asyncio.sleep(0.15)
    gone = (await client.get("/health/ready")).json()["checks"]["broker"]
    assert not gone["ok"]
    assert gone["age_s"] >= 0.1
    broker.fault = None
    assert (await client.get("/health/ready")).status_code == 200


async def test_one_that_hangs_does_not_hang_the_probe(
    client: httpx.AsyncClient, broker: Dependency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_PATIENCE_S", 0.05)
    broker.hangs = True
    assert (await client.get("/health/ready")).status_code == 503
    assert (await client.get("/health/live")).status_code == 200


async def test_metrics_are_in_prometheus_format(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# HELP python_info" in answer.text
