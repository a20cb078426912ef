"""The supervisor: no task is lost, doubled or left behind."""

import asyncio

import pytest

from core.supervisor import Supervisor


async def forever() -> None:
    await asyncio.Event().wait()


async def test_one_key_holds_one_running_task() -> None:
    supervisor = Supervisor()
    supervisor.start(forever(), name="first", key=1)
    with pytest.raises(RuntimeError, match="busy"):
        supervisor.start(forever(), name="second", key=1)
    assert await supervisor.drain(0) == 1


async def test_a_key_is_free_again_after_its_task_ends() -> None:
    supervisor = Supervisor()
    await supervisor.start(asyncio.sleep(0), name="first", key=1)
    assert not supervisor.running(1)
    supervisor.start(forever(), name="second", key=1)
    assert await supervisor.cancel(1)
    assert not await supervisor.cancel(1)


async def test_cancel_waits_for_the_task_to_clean_up() -> None:
    supervisor = Supervisor()
    cleaned = []

    async def work() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    supervisor.start(work(), name="work", key="k")
    await asyncio.sleep(0)
    await supervisor.cancel("k")
    assert cleaned == [True]


async def test_drain_lets_work_finish_and_refuses_new() -> None:
    supervisor = Supervisor()
    done = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append(True)

    supervisor.start(work(), name="work")
    assert await supervisor.drain(5) == 0
    assert done == [True]
    with pytest.raises(RuntimeError, match="draining"):
        supervisor.start(work(), name="late")
