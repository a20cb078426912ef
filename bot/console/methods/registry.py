"""Methods by name, and what many of them read from a call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.console.errors import bad_request
from bot.console.params import Params
from bot.console.state import State

Method = Callable[[State, Params], Awaitable[Any]]

METHODS: dict[str, Method] = {}
"""Names are matched without regard to case, as Telegram does."""


@dataclass(frozen=True, slots=True)
class Described:
    """A result with the `description` that Telegram adds to it."""

    result: Any
    description: str


def method(name: str) -> Callable[[Method], Method]:
    """Register a function as the Bot API method `name`."""

    def register(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return register


def read_chat_id(params: Params, name: str = "chat_id") -> int:
    """Return the chat that a call is about; only private chats exist, so a @name is never found."""
    raw = params.text(name).strip()
    if not raw:
        raise bad_request(f"{name} is empty")
    try:
        return int(raw)
    except ValueError:
        raise bad_request("chat not found") from None


def read_message_id(params: Params) -> int:
    """Return the message that a call is about."""
    message_id = params.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    return message_id


def read_message_ids(params: Params) -> list[int]:
    """Return the messages that a call is about, at most 100."""
    ids = params.decoded("message_ids", "message_ids")
    if not isinstance(ids, list):
        raise bad_request(
            "expected an Array of message identifiers" if ids else "message identifiers are not specified"
        )
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    if not all(isinstance(item, int) for item in ids):
        raise bad_request("message identifier must be a Number")
    return sorted(set(ids))
