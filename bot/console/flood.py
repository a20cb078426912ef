"""Telegram's limits on what a bot sends, as its FAQ states them; what exceeds them is refused with 429.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about thirty messages a second in all,
twenty a minute to a group, one a second to a chat: "we may allow short bursts that go over this limit, but eventually
you'll begin receiving 429 errors". Telegram does not say how it counts. Here the first two are windows that slide, the
third is a bucket of `BURST` messages that one more fits in each second, and edits count as well. A call that sends
nothing because it is refused for another reason counts among all, not as a message to its chat.
"""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.console.errors import too_many_requests

COUNTED: Final = frozenset(
    {
        "sendmessage",
        "sendphoto",
        "senddocument",
        "copymessage",
        "forwardmessage",
        "editmessagetext",
        "editmessagecaption",
        "editmessagemedia",
    }
)
ALL_A_SECOND: Final = 30
BURST: Final = 3
GROUP_A_MINUTE: Final = 20


class FloodControl:
    """Counts what is accepted. With `scale`, time runs so many times faster: every window is as much shorter."""

    def __init__(self, scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._scale = scale
        self._clock = clock
        self._all: deque[float] = deque()
        self._groups: dict[int, deque[float]] = {}
        self._full_until: dict[int, float] = {}
        self.refused: Counter[str] = Counter()
        """Calls refused, by the limit that they would have broken: "all", "chat" or "group"."""

    def admit(self, method: str, values: Mapping[str, Any]) -> None:
        """Let a call pass, by its name in lower case and its parameters.

        Raises:
            ApiError: 429, with the seconds until it would pass.
        """
        if method not in COUNTED:
            return
        chat_id, now, second = int(values.get("chat_id") or 0), self._clock(), 1 / self._scale
        group = self._groups.setdefault(chat_id, deque()) if chat_id < 0 else None
        full_until = max(self._full_until.get(chat_id, 0.0), now)
        waits = {
            "all": self._wait(now, self._all, ALL_A_SECOND, second),
            "chat": full_until - (BURST - 1) * second - now,
        }
        if group is not None:
            waits["group"] = self._wait(now, group, GROUP_A_MINUTE, 60 * second)
        limit = max(waits, key=lambda name: waits[name])
        if waits[limit] > 0:
            self.refused[limit] += 1
            raise too_many_requests(math.ceil(waits[limit]))
        self._all.append(now)
        self._full_until[chat_id] = full_until + second
        if group is not None:
            group.append(now)

    def refused_otherwise(self, method: str, values: Mapping[str, Any]) -> None:
        """Take back what was counted for the chat of a call that was admitted, and then failed."""
        chat_id = int(values.get("chat_id") or 0)
        if method in COUNTED and chat_id in self._full_until:
            self._full_until[chat_id] -= 1 / self._scale
            if group := self._groups.get(chat_id):
                group.pop()

    def _wait(self, now: float, passed: deque[float], most: int, seconds: float) -> float:
        """Return the seconds until one more passes a window."""
        while passed and passed[0] <= now - seconds:
            passed.popleft()
        return passed[len(passed) - most] + seconds - now if len(passed) >= most else 0.0
