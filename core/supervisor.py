"""The one place that starts background tasks, so that all of them can be cancelled, awaited and accounted for."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Supervisor:
    """Owns background tasks. A task started under a key replaces nothing: one key holds one running task."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._keyed: dict[Hashable, asyncio.Task[Any]] = {}
        self._owners: dict[asyncio.Task[Any], object] = {}
        self._closing = False

    def start(
        self, work: Coroutine[Any, Any, Any], *, name: str, key: Hashable | None = None, owner: object = None
    ) -> asyncio.Task[Any]:
        """Run `work` in the background; `owner` is whoever it is done for.

        Raises:
            RuntimeError: the supervisor is draining, or a task runs under `key` already.
        """
        if self._closing or (key is not None and self.running(key)):
            work.close()
            raise RuntimeError(f"cannot start {name}: " + ("draining" if self._closing else f"{key!r} is busy"))
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        if key is not None:
            self._keyed[key] = task
        if owner is not None:
            self._owners[task] = owner
        task.add_done_callback(lambda done: self._forget(done, key))
        return task

    def running(self, key: Hashable) -> bool:
        """Tell whether a task runs under `key`."""
        task = self._keyed.get(key)
        return task is not None and not task.done()

    async def cancel(self, key: Hashable) -> bool:
        """Cancel the task under `key` and wait until it has cleaned up; False where there was none."""
        task = self._keyed.get(key)
        if task is None or task.done():
            return False
        task.cancel()
        await asyncio.wait({task})
        return True

    async def cancel_owned(self, lost: Callable[[object], bool]) -> int:
        """Cancel the tasks of those owners for whom `lost` is true, and wait; return how many there were."""
        tasks = {task for task, owner in self._owners.items() if lost(owner)}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        return len(tasks)

    async def drain(self, timeout: float) -> int:
        """Refuse new work, give running tasks `timeout` seconds, cancel the rest; return how many were cancelled."""
        self._closing = True
        if not self._tasks:
            return 0
        _, pending = await asyncio.wait(set(self._tasks), timeout=timeout)
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)
        return len(pending)

    def _forget(self, task: asyncio.Task[Any], key: Hashable | None) -> None:
        self._tasks.discard(task)
        self._owners.pop(task, None)
        if key is not None and self._keyed.get(key) is task:
            del self._keyed[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task failed", task=task.get_name(), exc_info=error)
