"""The queue of updates, and the one long poll that may wait on it."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from bot.console.errors import conflict
from bot.console.store import Store

MAX_LIMIT: Final = 100
MAX_TIMEOUT: Final = 50
NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class UpdateQueue:
    """Updates wait here until the bot confirms them: by a later `offset`, or by answering its webhook."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: asyncio.Future[None] | None = None
        self._listeners: list[Callable[[], None]] = []

    def on_update(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every new update."""
        self._listeners.append(listener)

    def add(self, kind: str, payload: dict[str, Any]) -> int | None:
        """Queue an update and return its number, or None for a kind that the bot did not ask for."""
        allowed: list[str] = self._store.setting("allowed_updates", [])
        if kind not in allowed if allowed else kind in NOT_BY_DEFAULT:
            return None
        update_id = self._store.add_update({kind: payload})
        self._wake()
        for listener in self._listeners:
            listener()
        return update_id

    def allow(self, kinds: Any) -> None:
        """Remember `allowed_updates`; an absent list leaves the last one in force, an empty one means the default."""
        if isinstance(kinds, list):
            self._store.save_setting("allowed_updates", [kind for kind in kinds if isinstance(kind, str)])

    def allowed(self) -> list[str]:
        """Return the kinds that the bot asked for."""
        kinds: list[str] = self._store.setting("allowed_updates", [])
        return kinds

    async def poll(self, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:
        """Confirm updates below `offset` and return the next ones, waiting up to `timeout` seconds for the first.

        Raises:
            ApiError: 409 for the poll that was waiting when another one came.
        """
        if offset < 0:
            self._store.keep_last_updates(-offset)
        elif offset > 0:
            self._store.confirm_updates(offset)
        start = max(offset, 0)
        ready = self._store.updates(start, limit)
        if ready or timeout <= 0:
            return ready
        self.terminate("terminated by other getUpdates request; make sure that only one bot instance is running")
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await waiting
        except TimeoutError:
            return []
        finally:
            if self._waiting is waiting:
                self._waiting = None
        return self._store.updates(start, limit)

    def terminate(self, reason: str) -> None:
        """End the waiting poll, if any, with 409."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(conflict(reason))
        self._waiting = None

    def close(self) -> None:
        """Let the waiting poll go home empty."""
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
