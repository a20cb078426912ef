"""The receiving side of benchmarks of alarms: the console's Bot API, keeping Telegram's limits and writing down."""

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.console import Person
from bot.console.errors import too_many_requests
from bot.console.flood import COUNTED, FloodControl

RETRY_AFTER_S = 1
_MACHINE = re.compile(r"\b[A-Z][a-z]+ \d{4}\b")
"""The name of a machine, as `alert_stage.Stage.machines` makes them."""

_STORM = re.compile(r"Site (\S+): alarms on")


class Group(Person):
    """A group chat on the console; bots can send to it."""

    def as_chat(self) -> dict[str, Any]:
        """Return the Bot API `Chat`."""
        return {"id": self.id, "type": "supergroup", "title": self.first_name}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message or edit that was accepted. `at`: seconds of the wall clock."""

    at: float
    method: str
    chat_id: int
    text: str

    @property
    def machine(self) -> str:
        """Whose alarm it is; empty where it is none."""
        found = _MACHINE.search(self.text.partition("\n")[0]) if self.method == "sendmessage" else None
        return found[0] if found else ""

    @property
    def site(self) -> str:
        """Which site's storm it tells of; empty where it is none."""
        found = _STORM.search(self.text) if self.method == "sendmessage" else None
        return found[1] if found else ""


class Receiver(FloodControl):
    """Refuses what exceeds the limits, and on purpose one call in `refuse_every` (0: none)."""

    def __init__(self, scale: float) -> None:
        super().__init__(scale)
        self.refuse_every = 0
        self.spare: Collection[int] = ()
        """Chats that are not refused on purpose."""
        self.arrivals: list[Arrival] = []
        self.simulated = 0
        self.impatient = 0
        """Calls for a chat that came before the pause was over that was asked for."""
        self._calls = 0
        self._until: dict[int, float] = {}

    def admit(self, method: str, values: Mapping[str, Any]) -> None:
        """See `FloodControl`."""
        if method not in COUNTED:
            return
        now, chat_id = time.time(), int(values["chat_id"])
        if now < self._until.get(chat_id, 0.0):
            self.impatient += 1
            raise too_many_requests(RETRY_AFTER_S)
        self._calls += 1
        if self.refuse_every and self._calls % self.refuse_every == 0 and chat_id not in self.spare:
            self.simulated += 1
            self._until[chat_id] = now + RETRY_AFTER_S
            raise too_many_requests(RETRY_AFTER_S)
        super().admit(method, values)
        self.arrivals.append(Arrival(now, method, chat_id, str(values.get("text") or "")))
