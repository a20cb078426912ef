"""The same work at the same moment is done once, and nobody pays for another's misfortune."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.shared import Shared


def _work(outcomes: list[int | Exception], go: asyncio.Event) -> Callable[[], Awaitable[int]]:
    async def work() -> int:
        outcome = outcomes.pop(0)
        await go.wait()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return work


async def test_who_comes_meanwhile_waits_and_who_comes_later_does_not() -> None:
    shared, go, outcomes = Shared[int](), asyncio.Event(), list[int | Exception]([1, 2, 3])
    work = _work(outcomes, go)
    asked = asyncio.gather(shared.get("a", work), shared.get("a", work), shared.get("b", work))
    await asyncio.sleep(0)
    go.set()
    assert list(await asked) == [1, 1, 2]
    assert await shared.get("a", work) == 3


async def test_an_error_is_everybodys() -> None:
    shared, go = Shared[int](), asyncio.Event()
    work = _work([ValueError("no"), 2], go)
    asked = asyncio.gather(shared.get("a", work), shared.get("a", work), return_exceptions=True)
    await asyncio.sleep(0)
    go.set()
    assert [str(error) for error in await asked] == ["no", "no"]
    assert await shared.get("a", work) == 2


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_who_is_cancelled_takes_nobody_along(cancelled: int) -> None:
    shared, go = Shared[int](), asyncio.Event()
    work = _work([1, 1], go)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        both = [tasks.create_task(shared.get("a", work)) for _ in range(2)]
        await asyncio.sleep(0)
        both[cancelled].cancel()
        await asyncio.sleep(0)
        go.set()
    assert await both[1 - cancelled] == 1
    assert both[cancelled].cancelled()
