"""Telegram's limits on what a bot sends, as its FAQ states them; what exceeds them is refused with 429.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: about thirty messages a second in all,
one a second to a chat (short bursts are let through), twenty a minute to a group. Telegram does not say how it counts;
here each limit is a window that slides, and edits count as well.
"""

import math
import time
from collections import deque
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
"""Messages that a chat may get in as many seconds, however close together."""
GROUP_A_MINUTE: Final = 20


class FloodControl:
    """Counts what is accepted. With `scale`, time runs so many times faster: every window is as much shorter."""

    def __init__(self, scale: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._scale = scale
        self._clock = clock
        self._all: deque[float] = deque()
        self._chats: dict[int, deque[float]] = {}
        self.refused = 0

    def admit(self, method: str, values: Mapping[str, Any]) -> None:
        """Let a call pass, by its name in lower case and its parameters.

        Raises:
            ApiError: 429, with the seconds until it would pass.
        """
        if method not in COUNTED:
            return
        chat_id, now = int(values.get("chat_id") or 0), self._clock()
        chat = self._chats.setdefault(chat_id, deque())
        own = (GROUP_A_MINUTE, 60.0) if chat_id < 0 else (BURST, float(BURST))
        wait = max(self._wait(now, self._all, ALL_A_SECOND, 1.0), self._wait(now, chat, *own))
        if wait > 0:
            self.refused += 1
            raise too_many_requests(math.ceil(wait))
        self._all.append(now)
        chat.append(now)

    def _wait(self, now: float, passed: deque[float], most: int, seconds: float) -> float:
        """Return the seconds until one more passes a window."""
        while passed and passed[0] <= now - seconds / self._scale:
            passed.popleft()
        return passed[len(passed) - most] + seconds / self._scale - now if len(passed) >= most else 0.0
