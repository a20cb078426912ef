"""Blocking work off the event loop that can still be cancelled."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Checkpoint = Callable[[], None]
"""Called by blocking work where it may be given up; does not return when the caller was cancelled."""


class _GivenUpError(BaseException):
    """Unwinds the thread; a BaseException, so that no handler of ordinary errors in between swallows it."""


async def in_thread(work: Callable[[Checkpoint], T]) -> T:
    """Run `work` in a thread. When the caller is cancelled, wait until the thread has reached its next checkpoint.

    `asyncio.to_thread` would leave the thread running, and the process could not end before it.
    """
    given_up = threading.Event()

    def checkpoint() -> None:
        if given_up.is_set():
            raise _GivenUpError

    thread = asyncio.get_running_loop().run_in_executor(None, _quietly, work, checkpoint)
    try:
        return (await asyncio.shield(thread))[0]
    except asyncio.CancelledError:
        given_up.set()
        await asyncio.wait({thread})
        raise


def _quietly(work: Callable[[Checkpoint], T], checkpoint: Checkpoint) -> tuple[T]:
    try:
        return (work(checkpoint),)
    except _GivenUpError:
        raise asyncio.CancelledError from None
