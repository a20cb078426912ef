"""Answers as they grow: previews that fade after 30 seconds, or when the finished message comes."""

import asyncio
from typing import Any, Final

from bot.console.chats import Chats
from bot.console.events import Events
from bot.console.updates import UpdateQueue

LIFETIME: Final = 30.0
"""Seconds that a preview stays without a new version of it."""


class Drafts:
    """At most one draft per chat, held in memory only: a restart forgets previews, as Telegram's clients do."""

    def __init__(self, chats: Chats, events: Events, updates: UpdateQueue) -> None:
        self._chats = chats
        self._events = events
        self._updates = updates
        self._drafts: dict[int, dict[str, Any]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._stopped: set[tuple[int, int]] = set()

    def current(self, person_id: int) -> dict[str, Any] | None:
        """Return the draft that the person sees."""
        return self._drafts.get(person_id)

    def show(self, chat_id: int, draft: dict[str, Any]) -> None:
        """Show a draft, or its next version; one that the person stopped stays away."""
        if (chat_id, draft["draft_id"]) in self._stopped:
            return
        self._drafts[chat_id] = draft
        self._forget_timer(chat_id)
        self._timers[chat_id] = asyncio.get_running_loop().call_later(LIFETIME, self.end, chat_id)
        self._events.publish(chat_id, "draft", draft)

    def end(self, chat_id: int) -> None:
        """Take the draft away."""
        self._forget_timer(chat_id)
        if self._drafts.pop(chat_id, None) is not None:
            self._events.publish(chat_id, "draft_end", {})

    def stop(self, person_id: int) -> int:
        """Press the draft's stop button: the bot gets `stopped_message_generation`. Return the draft's id.

        Raises:
            LookupError: there is no draft that can be stopped.
        """
        draft = self._drafts.get(person_id)
        if draft is None or not draft["can_stop"]:
            raise LookupError("no draft that can be stopped")
        draft_id: int = draft["draft_id"]
        self._stopped.add((person_id, draft_id))
        if draft["keep_on_stop"]:
            draft["can_stop"] = False
            self._events.publish(person_id, "draft", draft)
        else:
            self.end(person_id)
        chat = self._chats.person(person_id).as_chat()
        self._updates.add("stopped_message_generation", {"chat": chat, "draft_id": draft_id})
        return draft_id

    def close(self) -> None:
        """Forget all drafts."""
        for chat_id in list(self._timers):
            self._forget_timer(chat_id)
        self._drafts.clear()

    def _forget_timer(self, chat_id: int) -> None:
        if timer := self._timers.pop(chat_id, None):
            timer.cancel()
