"""Presses of inline buttons, and the bot's answers to them."""

import itertools
import secrets
import time
from typing import Any, Final

from bot.console.chats import Chats
from bot.console.errors import bad_request
from bot.console.events import Events
from bot.console.keyboards import buttons
from bot.console.updates import UpdateQueue

LIFETIME: Final = 30.0
"""Seconds in which the bot must answer a press."""
MAX_ANSWER: Final = 200
ANSWERS_KEPT: Final = 1000


class Callbacks:
    """Every press is a query that the bot answers once, in time."""

    def __init__(self, chats: Chats, events: Events, updates: UpdateQueue) -> None:
        self._chats = chats
        self._events = events
        self._updates = updates
        self._numbers = itertools.count(secrets.randbits(48) << 12)
        self._pending: dict[str, tuple[int, int, float]] = {}
        self._answers: dict[str, dict[str, Any]] = {}

    def press(self, person_id: int, message_id: int, data: str) -> str:
        """Press a button and return the id of the query that the bot receives.

        Raises:
            ApiError: no such message.
            LookupError: the message has no such button.
        """
        person = self._chats.person(person_id)
        message = self._chats.find(person_id, message_id, "message")
        if not any(button.get("callback_data") == data for button in buttons(message)):
            raise LookupError(f"message {message_id} has no button {data!r}")
        query_id = str(next(self._numbers))
        now = time.monotonic()
        self._pending = {known: press for known, press in self._pending.items() if press[2] >= now}
        self._pending[query_id] = (person_id, message_id, now + LIFETIME)
        query = {
            "id": query_id,
            "from": person.as_user(),
            "message": message,
            "chat_instance": str(person_id),
            "data": data,
        }
        self._updates.add("callback_query", query)
        return query_id

    def answer(self, query_id: str, text: str, *, show_alert: bool, url: str) -> None:
        """Answer a press.

        Raises:
            ApiError: unknown, answered already, or too old.
        """
        person_id, message_id, deadline = self._pending.pop(query_id, (0, 0, 0.0))
        if deadline < time.monotonic():
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(text) > MAX_ANSWER:
            raise bad_request("MESSAGE_TOO_LONG")
        answer = {"query_id": query_id, "message_id": message_id, "text": text, "show_alert": show_alert, "url": url}
        self._answers[query_id] = answer
        if len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        self._events.publish(person_id, "answer", answer)

    def answer_to(self, query_id: str) -> dict[str, Any] | None:
        """Return the bot's answer to a press, once there is one."""
        return self._answers.get(query_id)
