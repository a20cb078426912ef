"""POST /ingest: who may, in which forms, how much, and once."""

import gzip
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from aiohttp import web

from core.database import SessionFactory
from core.diagnostics.ingest.combining import CombinedIntake
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.ingest.requests import AnsweredRequests
from core.diagnostics.ingest.sources import NoSuchSourceError, SourceRegister, SourceTakenError
from core.errors import ForbiddenError
from core.users.models import Role
from core.users.rights import OPERATOR, Actor
from gateway.http import IngestEndpoint
from tests.fakes.clock import SettableClock
from tests.gateway.conftest import quarantined, values
from tests.ports import free_port

LARGEST = 1_000_000


@pytest.fixture
def register(sessions: SessionFactory, clock: SettableClock) -> SourceRegister:
    return SourceRegister(sessions, clock)


@pytest.fixture
async def client(
    sessions: SessionFactory, clock: SettableClock, press: str, register: SourceRegister
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a source's token, of an endpoint that listens."""
    app = web.Application()
    intake = CombinedIntake(Intake(sessions, clock))
    IngestEndpoint(intake, register, AnsweredRequests(sessions, clock), largest_bytes=LARGEST).register(app)
    runner = web.AppRunner(app, auto_decompress=False)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    token = await register.create(OPERATOR, "line 4")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client:
        yield client
    await runner.cleanup()


def lines(clock: SettableClock, *readings: object) -> bytes:
    return "\n".join(
        f'{{"sensor": "press/pressure", "time": "{(clock() - timedelta(seconds=i)).isoformat()}", "value": {value}}}'
        for i, value in enumerate(readings)
    ).encode()


async def test_json_lines_and_csv_come_in(
    client: httpx.AsyncClient, sessions: SessionFactory, clock: SettableClock
) -> None:
    answer = await client.post("/ingest", content=lines(clock, 3, 2, "-99", 1))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 3, "quarantined": {"impossible": 1}})
    csv = f"machine;sensor;time;value;unit\npress;oil;{clock().isoformat()};212;°F\n".encode()
    answer = await client.post("/ingest", content=csv, headers={"Content-Type": "text/csv; charset=utf-8"})
    assert answer.json() == {"accepted": 1, "quarantined": {}}
    assert await values(sessions) == [1.0, 2.0, 3.0]
    assert await values(sessions, "oil") == [pytest.approx(100.0)]
    assert [one.source for one in await quarantined(sessions)] == ["http:line 4"]


async def test_gzip_comes_in_and_a_bomb_does_not(
    client: httpx.AsyncClient, sessions: SessionFactory, clock: SettableClock
) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert (await client.post("/ingest", content=gzip.compress(lines(clock, 1)), headers=packed)).status_code == 200
    bomb = zlib.compressobj(9, wbits=31)
    body = b"".join(bomb.compress(bytes(2**20)) for _ in range(200)) + bomb.flush()
    assert (await client.post("/ingest", content=body, headers=packed)).status_code == 413
    for broken in (b"no gzip", gzip.compress(lines(clock, 2))[:-4]):
        assert (await client.post("/ingest", content=broken, headers=packed)).status_code == 400
    assert (await client.post("/ingest", content=b"", headers={"Content-Encoding": "br"})).status_code == 415
    assert (await client.post("/ingest", content=b"x" * (LARGEST + 1))).status_code == 413
    assert (await values(sessions))[-1] == 1.0


async def test_only_a_valid_token_opens(
    client: httpx.AsyncClient, register: SourceRegister, sessions: SessionFactory, clock: SettableClock
) -> None:
    async def status(**headers: str) -> int:
        return (await client.post("/ingest", content=lines(clock, 1), headers=headers)).status_code

    assert await status(Authorization="") == 401
    assert await status(Authorization="Bearer hdi_wrong") == 401
    assert await status(Authorization="Basic " + client.headers["Authorization"].split()[1]) == 401
    token = await register.rotate(OPERATOR, "line 4")
    assert await status() == 401
    assert await status(Authorization=f"Bearer {token}") == 200
    await register.revoke(OPERATOR, "line 4")
    assert await status(Authorization=f"Bearer {token}") == 401
    assert len(await values(sessions)) == 1
    assert token not in (await register.list(OPERATOR))[0].token_hash


async def test_sources_are_managed_by_who_may(register: SourceRegister) -> None:
    await register.create(OPERATOR, "plc")
    with pytest.raises(SourceTakenError):
        await register.create(OPERATOR, "plc")
    with pytest.raises(NoSuchSourceError):
        await register.rotate(OPERATOR, "nobody")
    engineer = Actor(id=5, name="Anna", role=Role.ENGINEER)
    for forbidden in (register.create(engineer, "x"), register.rotate(engineer, "plc"), register.list(engineer)):
        with pytest.raises(ForbiddenError):
            await forbidden


async def test_the_same_key_gets_the_same_answer_and_another_body_is_told_apart(
    client: httpx.AsyncClient, sessions: SessionFactory, clock: SettableClock
) -> None:
    key = {"Idempotency-Key": "batch-17"}
    first = await client.post("/ingest", content=lines(clock, 1, 2), headers=key)
    again = await client.post("/ingest", content=lines(clock, 1, 2), headers=key)
    assert first.json() == again.json() == {"accepted": 2, "quarantined": {}}
    other = await client.post("/ingest", content=lines(clock, 5), headers=key)
    assert other.status_code == 422
    assert await values(sessions) == [2.0, 1.0]
    clock.advance(timedelta(days=4))
    await client.post("/ingest", content=lines(clock, 7), headers={"Idempotency-Key": "other"})
    assert (await client.post("/ingest", content=lines(clock, 5), headers=key)).status_code == 200


async def test_what_is_not_understood_is_said(client: httpx.AsyncClient) -> None:
    assert (await client.post("/ingest", content=b"x", headers={"Content-Type": "image/png"})).status_code == 415
    bad = await client.post("/ingest", content=b"time,pressure\n1,2\n", headers={"Content-Type": "text/csv"})
    assert (bad.status_code, bad.text) == (400, "the heading lacks sensor, value")
    assert (await client.post("/ingest", content=b"", headers={"Idempotency-Key": "a b"})).status_code == 400
    assert (await client.post("/ingest", content=b"")).json() == {"accepted": 0, "quarantined": {}}


async def test_many_small_requests_share_transactions(sessions: SessionFactory, clock: SettableClock) -> None:
    import asyncio

    from core.diagnostics.ingest.json_lines import read_json_lines

    class Counting(Intake):
        calls = 0

        async def take_all(self, deliveries):  # type: ignore[no-untyped-def]
            self.calls += 1
            return await super().take_all(deliveries)

    intake = Counting(sessions, clock)
    combined = CombinedIntake(intake)
    blocks = [read_json_lines([b"%d" % i]) for i in range(50)]
    receipts = await asyncio.gather(*(combined.take("s", block) for block in blocks))
    assert [one.refused.total() for one in receipts] == [1] * 50
    assert intake.calls <= 3
    assert len(await quarantined(sessions)) == 50
