"""Blocking work that can be cancelled."""

import asyncio
import threading

import pytest

from core.threads import Checkpoint, in_thread


async def test_a_result_and_an_error_come_back() -> None:
    def fail(checkpoint: Checkpoint) -> None:
        raise ValueError("no")

    assert await in_thread(lambda checkpoint: 7) == 7
    with pytest.raises(ValueError, match="no"):
        await in_thread(fail)


async def test_cancelling_ends_the_thread_at_its_next_checkpoint() -> None:
    started, ended = threading.Event(), threading.Event()
    steps = 0

    def work(checkpoint: Checkpoint) -> None:
        nonlocal steps
        started.set()
        try:
            while True:
                threading.Event().wait(0.01)
                checkpoint()
                steps += 1
        finally:
            ended.set()

    task = asyncio.ensure_future(in_thread(work))
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set(), "the caller must not go on while the thread still works"
