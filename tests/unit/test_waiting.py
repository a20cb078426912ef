import asyncio
from collections.abc import AsyncIterator

from core.rag.waiting import WaitingLine


async def _all(positions: AsyncIterator[int]) -> list[int]:
    return [position async for position in positions]


async def test_whoever_finds_a_free_place_does_not_wait() -> None:
    line = WaitingLine(2)
    async with line.join() as first, line.join() as second:
        assert await _all(first) == []
        assert await _all(second) == []


async def test_the_line_moves_in_order_and_everybody_sees_it_move() -> None:
    line = WaitingLine(1)
    seen: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    may_leave = asyncio.Event()

    async def wait(name: str) -> None:
        async with line.join() as mine:
            async for position in mine:
                await seen.put((name, position))
            await may_leave.wait()

    async with line.join() as positions:
        assert await _all(positions) == []
        waiting = [asyncio.create_task(wait("b")), asyncio.create_task(wait("c"))]
        assert [await seen.get(), await seen.get()] == [("b", 1), ("c", 2)]
    assert await seen.get() == ("c", 1)
    may_leave.set()
    await asyncio.gather(*waiting)
    assert seen.empty()


async def test_one_who_gives_up_makes_room() -> None:
    line = WaitingLine(1)
    async with line.join():
        started = asyncio.Event()

        async def wait() -> None:
            async with line.join() as mine:
                async for _ in mine:
                    started.set()

        task = asyncio.create_task(wait())
        await started.wait()
        task.cancel()
        await asyncio.wait({task})
        async with line.join() as mine:
            assert await anext(mine) == 1
