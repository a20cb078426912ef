"""A Redis that falls silent, with its connections open, is one that is away: nobody hangs, and all go on later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from aiogram.fsm.storage.base import StorageKey
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.storage import ForgivingStorage
from core import redis_client
from core.diagnostics.ingest.feed import ReadingFeed
from core.jobs import REBUILD_INDEX
from core.queue import ArqQueue
from core.redis_client import ANSWERS_WITHIN_S, connect, connection_options
from core.users import news as module
from core.users.news import PeopleNews
from tests.fixtures.stopped import StoppableValkey

_SOON_S = 1.0


@pytest.fixture
async def client(stoppable: StoppableValkey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Redis]:
    """A client as the product makes them, but less patient."""
    monkeypatch.setattr(redis_client, "ANSWERS_WITHIN_S", _SOON_S)
    monkeypatch.setattr(redis_client, "SPARED_S", 0.0)
    monkeypatch.setattr(module, "ANSWERS_WITHIN_S", _SOON_S)
    client = connect(stoppable.url)
    yield client
    await client.aclose()


async def test_who_asks_is_told_in_time_and_is_answered_later(client: Redis, stoppable: StoppableValkey) -> None:
    await client.set("a", 1)
    stoppable.halt()
    for _ in range(2):  # over the open connection, and over a new one
        async with asyncio.timeout(10):
            with pytest.raises(RedisError):
                await client.get("a")
    stoppable.go_on()
    assert await client.get("a") == b"1"


async def test_who_asks_right_after_somebody_waited_in_vain_does_not_wait(
    client: Redis, stoppable: StoppableValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_client, "SPARED_S", 60.0)
    await client.set("a", 1)
    stoppable.halt()
    with pytest.raises(RedisError):
        await client.get("a")
    async with asyncio.timeout(_SOON_S / 2):
        for _ in range(20):
            with pytest.raises(RedisError):
                await client.get("a")
        pipeline = client.pipeline()
        pipeline.get("a")
        with pytest.raises(RedisError):
            await pipeline.execute()


async def test_it_is_asked_again_after_a_while(
    client: Redis, stoppable: StoppableValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_client, "SPARED_S", _SOON_S)
    stoppable.halt()
    with pytest.raises(RedisError):
        await client.set("a", 1)
    stoppable.go_on()
    async with asyncio.timeout(10):
        while True:
            try:
                assert await client.set("a", 2)
                break
            except RedisError:
                await asyncio.sleep(_SOON_S / 10)


async def test_a_job_is_left_in_time_or_not_at_all(client: Redis, stoppable: StoppableValkey) -> None:
    queue = ArqQueue(client.connection_pool)
    await queue.enqueue(REBUILD_INDEX, job_id="1")
    stoppable.halt()
    async with asyncio.timeout(10):
        with pytest.raises(RedisError):
            await queue.enqueue(REBUILD_INDEX, job_id="2")
    stoppable.go_on()
    await queue.enqueue(REBUILD_INDEX, job_id="2")
    assert await client.zrange(REBUILD_INDEX.queue.value, 0, -1) == [b"1", b"2"]


async def test_a_read_that_blocks_may_wait_as_long_as_it_says(client: Redis) -> None:
    assert await ReadingFeed(client).read(wait_s=_SOON_S * 0.8) == []


async def test_who_listens_is_not_cut_off_by_quiet(client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SILENCE_S", _SOON_S / 5)
    news = PeopleNews(client)
    async with aclosing(news.listen()) as changed:
        first = asyncio.ensure_future(anext(changed))
        await asyncio.sleep(_SOON_S * 4)
        await news.announce(7)
        assert await first == 7


async def test_who_listens_to_nobody_finds_out(
    client: Redis, stoppable: StoppableValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SILENCE_S", _SOON_S / 5)
    async with aclosing(PeopleNews(client).listen()) as changed:
        first = asyncio.ensure_future(anext(changed))
        await asyncio.sleep(_SOON_S)
        stoppable.halt()
        async with asyncio.timeout(10):
            with pytest.raises(RedisError):
                await first


async def test_states_of_chats_are_read_as_none(client: Redis, stoppable: StoppableValkey) -> None:
    storage = ForgivingStorage(client)
    stoppable.halt()
    async with asyncio.timeout(10):
        assert await storage.get_state(StorageKey(1, 1, 1)) is None


async def test_who_is_told_to_end_ends_wherever_it_is(client: Redis) -> None:
    async def ask() -> None:
        while True:
            await client.ping()

    await client.ping()
    for steps in range(60):
        asking = asyncio.create_task(ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking], timeout=2)
        assert asking.cancelled(), steps
        assert await client.echo("as ever") == b"as ever"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://:word@redis:6380/1", "unix:///run/valkey.sock"])
def test_whatever_the_address_connections_have_time_limits(url: str) -> None:
    connection: Any = connect(url).connection_pool.make_connection()  # type: ignore[no-untyped-call]
    assert connection.socket_timeout == connection.socket_connect_timeout == ANSWERS_WITHIN_S
    assert ("socket_keepalive" in connection_options(url)) is not url.startswith("unix")
