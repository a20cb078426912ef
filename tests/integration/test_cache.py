"""The cache on a real Valkey: who works something out, who finds it, and what happens without Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from core.cache import Cache, Space, digest

ANSWERS = Space("test-answers", ttl_s=60)


@pytest.fixture
def cache(redis: Redis) -> Cache:
    return Cache(redis)


@pytest.fixture
async def dead() -> AsyncIterator[Cache]:
    """A cache whose Redis is not there."""
    client = Redis.from_url("redis://127.0.0.1:1")
    yield Cache(client)
    await client.aclose()


class Kitchen:
    """Works things out, slowly, and counts how often."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.cooked = 0
        self.started = asyncio.Event()

    async def order(self, key: str = "soup", *, fresh: bool = False, cook_s: float = 0.05) -> bytes:
        async with self.cache.turn(ANSWERS, key, fresh=fresh) as turn:
            if turn.value is None:
                self.started.set()
                await asyncio.sleep(cook_s)
                self.cooked += 1
                await turn.keep(f"{key} {self.cooked}".encode())
            assert turn.value is not None
            return turn.value


def _count(outcome: str) -> float:
    labels = {"space": ANSWERS.name, "outcome": outcome}
    return REGISTRY.get_sample_value("hydrodiag_cache_requests_total", labels) or 0.0


async def test_what_was_kept_is_found_again_and_counted(cache: Cache) -> None:
    kitchen = Kitchen(cache)
    hits, misses = _count("hit"), _count("miss")
    assert [await kitchen.order() for _ in range(3)] == [b"soup 1"] * 3
    assert (_count("hit") - hits, _count("miss") - misses) == (2, 1)


async def test_every_entry_has_its_time_to_live(cache: Cache, redis: Redis) -> None:
    await Kitchen(cache).order()
    [name] = await redis.keys()
    assert 0 < await redis.ttl(name) <= ANSWERS.ttl_s


async def test_many_who_ask_at_once_make_one_work(cache: Cache) -> None:
    kitchen = Kitchen(cache)
    assert set(await asyncio.gather(*(kitchen.order() for _ in range(20)))) == {b"soup 1"}
    assert await asyncio.gather(*(kitchen.order(key) for key in ("tea", "milk"))) == [b"tea 2", b"milk 3"]


async def test_when_the_one_at_work_gives_up_the_next_one_works(cache: Cache) -> None:
    kitchen = Kitchen(cache)
    first = asyncio.create_task(kitchen.order(cook_s=30))
    await kitchen.started.wait()
    second = asyncio.create_task(kitchen.order())
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.wait_for(second, 5) == b"soup 1"
    assert not cache.busy(ANSWERS, "soup")


async def test_a_fresh_one_replaces_what_was_kept(cache: Cache) -> None:
    kitchen = Kitchen(cache)
    await kitchen.order()
    assert await kitchen.order(fresh=True) == b"soup 2"
    assert await kitchen.order() == b"soup 2"


async def test_what_is_dropped_is_gone(cache: Cache) -> None:
    await Kitchen(cache).order()
    await cache.drop(ANSWERS, "soup")
    assert await cache.get(ANSWERS, "soup") == [None]


async def test_without_redis_everything_works_and_waiting_callers_still_share(dead: Cache) -> None:
    kitchen = Kitchen(dead)
    errors = _count("error")
    assert set(await asyncio.gather(*(kitchen.order() for _ in range(5)))) == {b"soup 1"}
    assert await kitchen.order() == b"soup 2"
    await dead.drop(ANSWERS, "soup")
    assert _count("error") > errors


async def test_a_redis_that_hangs_costs_one_short_wait(cache: Cache, redis: Redis) -> None:
    kitchen = Kitchen(cache)
    await redis.client_pause(3000)
    started = time.monotonic()
    for _ in range(5):
        await kitchen.order(cook_s=0)
    assert time.monotonic() - started < 1.5


def test_keys_depend_on_every_part_and_on_nothing_else() -> None:
    parts = ("why", ("public",), None, 3)
    assert digest(*parts) == digest("why", ["public"], None, 3)
    others = [("why", ("admin", "public"), None, 3), ("why", ("public",), "x", 3), ("why", ("public",), None)]
    assert len({digest(*parts), *(digest(*other) for other in others)}) == 4
    assert digest({"b", "a"}) == digest({"a", "b"})
    with pytest.raises(TypeError):
        digest(object())
