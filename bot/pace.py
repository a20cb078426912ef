"""One pace for everything that the bot sends: deliveries wait for it, answers only book their share of it."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.methods import (
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    Response,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import Message

_COUNTED = (SendMessage, SendPhoto, SendDocument, EditMessageText, EditMessageCaption, EditMessageMedia)
_GROUP_INTERVAL_S = 3.1
"""Telegram lets a bot send twenty messages a minute to a group."""
_LONGEST_DEBT = 3
"""Messages of a chat's answers that its next delivery waits for, apart from the last: alarms must not starve."""


class Pace:
    """Telegram's limits: about 30 messages a second in all, one a second to a chat, twenty a minute to a group.

    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: deliveries stay below the first, so
    that answers find room, and wait for it; answers wait for nothing.
    """

    def __init__(self, per_second: float = 25, chat_interval_s: float = 1.0) -> None:
        self._interval_s = 1 / per_second
        self._chat_interval_s = chat_interval_s
        self._next = 0.0
        self._next_in_chat: dict[int, float] = {}
        self._paused_until = 0.0

    def busy(self, within_s: float = 0.0) -> list[int]:
        """Return the chats that have to wait for their next message, for longer than `within_s` seconds."""
        now = asyncio.get_running_loop().time()
        self._next_in_chat = {chat: time for chat, time in self._next_in_chat.items() if time > now}
        return [chat for chat, time in self._next_in_chat.items() if time > now + within_s]

    def room(self, within_s: float) -> int:
        """Return how many messages may go in the next `within_s` seconds."""
        now = asyncio.get_running_loop().time()
        return max(int((now + within_s - max(self._next, now)) / self._interval_s), 0)

    async def wait(self, chat_id: int) -> None:
        """Wait for a delivery's turn: first in its chat, then in all; who waits for a chat holds up nobody else."""
        turn = max(asyncio.get_running_loop().time(), self._next_in_chat.get(chat_id, 0.0))
        self._next_in_chat[chat_id] = turn + self._interval_in(chat_id)
        now = await _until(turn)
        while True:
            slot = max(now, self._next)
            self._next = slot + self._interval_s
            now = await _until(slot)
            if now >= self._paused_until:  # else a pause began meanwhile, and they all line up again behind it
                return

    def delivered(self, chat_id: int) -> None:
        """Note that a delivery has arrived: its chat's interval begins then, not when its turn came."""
        until = asyncio.get_running_loop().time() + self._interval_in(chat_id)
        self._next_in_chat[chat_id] = max(self._next_in_chat.get(chat_id, 0.0), until)

    def note(self, chat_id: int) -> None:
        """Book what was sent without waiting: the chat's next delivery gives way, for each of them."""
        now = asyncio.get_running_loop().time()
        self._next = max(now, self._next) + self._interval_s
        interval = self._interval_in(chat_id)
        booked = self._next_in_chat.get(chat_id, 0.0)
        self._next_in_chat[chat_id] = max(booked, min(max(now, booked), now + _LONGEST_DEBT * interval) + interval)

    def pause(self, seconds: float, chats: Iterable[int] = ()) -> None:
        """Deliver nothing for `seconds`, or nothing to `chats`: Telegram said so."""
        until = asyncio.get_running_loop().time() + seconds
        self._next = max(self._next, until)
        self._paused_until = max(self._paused_until, until)
        for chat_id in chats:
            self._next_in_chat[chat_id] = max(self._next_in_chat.get(chat_id, 0.0), until)

    def _interval_in(self, chat_id: int) -> float:
        return self._chat_interval_s if chat_id > 0 else max(self._chat_interval_s, _GROUP_INTERVAL_S)


async def _until(moment: float) -> float:
    """Sleep until the loop's clock shows `moment`; return what it shows then."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(moment - loop.time(), 0.0))
    return max(loop.time(), moment)


class Ledger(BaseRequestMiddleware):
    """Sees every request of the bot: books what answers send, and remembers the newest message of each chat.

    Private chats share one count of messages; a group has its own.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._newest: dict[int, int] = {}
        self.delivering: set[int] = set()
        """Chats whose requests are deliveries under way: those have waited for their turn."""

    def newest(self, chat_id: int) -> int | None:
        """Return the newest message id that can stand before the next message of a chat."""
        return self._newest.get(chat_id if chat_id < 0 else 0)

    def remember(self, chat_id: int, message_id: int | None) -> None:
        """Take note of a message."""
        if message_id is not None:
            key = chat_id if chat_id < 0 else 0
            self._newest[key] = max(message_id, self._newest.get(key, 0))

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Let the request pass."""
        chat_id: Any = getattr(method, "chat_id", None)
        if isinstance(method, _COUNTED) and isinstance(chat_id, int) and chat_id not in self.delivering:
            self._pace.note(chat_id)
        response = await make_request(bot, method)
        result: Any = response.result if isinstance(response, Response) else response
        if isinstance(result, Message):
            self.remember(result.chat.id, result.message_id)
        return response
