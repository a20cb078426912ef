"""Outbox to Telegram: one pace for all, patience with limits, and no second try for those who blocked the bot."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramRetryAfter,
)

from bot.commands import set_menu
from bot.i18n import text_for
from bot.views.notifications import notification
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.service import UserService

log = structlog.get_logger(__name__)
_BATCH = 25
_IDLE_S = 0.5
_MENU_CHANGES = {Notice.ACCESS_GRANTED, Notice.ROLE_CHANGED}


class _NoLongerInError(Exception):
    """Whoever the message was written for lost their access: nothing is sent to them any more."""


class Pace:
    """Telegram's limits: about 30 messages a second in all and one a second to a chat; we stay below the first."""

    def __init__(self, per_second: float = 25, chat_interval_s: float = 1.0) -> None:
        self._interval_s = 1 / per_second
        self._chat_interval_s = chat_interval_s
        self._next = 0.0
        self._next_in_chat: dict[int, float] = {}

    async def wait(self, chat_id: int) -> None:
        """Wait for this message's turn."""
        now = asyncio.get_running_loop().time()
        self._next_in_chat = {chat: time for chat, time in self._next_in_chat.items() if time > now}
        turn = max(now, self._next, self._next_in_chat.get(chat_id, 0.0))
        # Only the global slot is booked in order; a chat that has to wait longer does not hold up the others.
        self._next = max(now, self._next) + self._interval_s
        self._next_in_chat[chat_id] = turn + self._chat_interval_s
        await asyncio.sleep(turn - now)

    def pause(self, seconds: float) -> None:
        """Send nothing for `seconds`: Telegram said so."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)


_HOPELESS = (TelegramForbiddenError, TelegramNotFound, TelegramBadRequest, _NoLongerInError)


class Delivery:
    """Sends what is due, chats side by side, each chat's messages in order."""

    def __init__(self, bot: Bot, outbox: Outbox, users: UserService, *, default_language: str = "en") -> None:
        self._bot = bot
        self._outbox = outbox
        self._users = users
        self._default_language = default_language
        self._pace = Pace()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Deliver until `stop`. A database that is away for a while only delays messages."""
        while not self._stop.is_set():
            try:
                busy = await self.deliver_due()
            except Exception:  # whatever it is, the loop must outlive it: alerts depend on it
                log.exception("delivery round failed")
                busy = False
            if not busy:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE_S):
                        await self._stop.wait()

    def stop(self) -> None:
        """Let `run` end after the batch in hand: cut off halfway, a sent message would be sent again."""
        self._stop.set()

    async def deliver_due(self) -> bool:
        """Deliver one batch; return whether there was anything."""
        due = sorted(await self._outbox.claim(_BATCH), key=lambda message: (message.chat_id, message.id))
        chats = [list(messages) for _, messages in groupby(due, key=lambda message: message.chat_id)]
        await asyncio.gather(*(self._deliver_to_chat(messages) for messages in chats))
        return bool(due)

    async def _deliver_to_chat(self, messages: Sequence[OutboxMessage]) -> None:
        for position, message in enumerate(messages):
            await self._pace.wait(message.chat_id)
            try:
                await self._send(message)
            except TelegramRetryAfter as error:
                self._pace.pause(error.retry_after)
                await self._outbox.postpone(messages[position:], timedelta(seconds=error.retry_after))
                return
            except TelegramMigrateToChat as error:
                await self._outbox.postpone(messages[position:], timedelta())
                await self._outbox.move_chat(message.chat_id, error.migrate_to_chat_id)
                return
            except (*_HOPELESS, KeyError, ValueError) as error:
                await self._give_up(message, error)
            except TelegramAPIError as error:
                await self._outbox.retry(message, str(error))
                await self._outbox.postpone(messages[position + 1 :], timedelta(seconds=5))
                return
            else:
                await self._outbox.sent(message)

    async def _send(self, message: OutboxMessage) -> None:
        reader = await self._users.find(message.chat_id)
        if reader and not reader.is_member:
            raise _NoLongerInError(f"{reader.role} since it was written")
        text = text_for(reader.language if reader else self._default_language)
        words, keyboard = notification(message.kind, message.payload, text)
        await self._bot.send_message(message.chat_id, words, reply_markup=keyboard)
        if reader and message.kind in _MENU_CHANGES:
            await set_menu(self._bot, reader)

    async def _give_up(self, message: OutboxMessage, error: Exception) -> None:
        log.warning("message given up", chat=message.chat_id, kind=message.kind, error=str(error))
        await self._outbox.failed(message, str(error))
        if isinstance(error, TelegramForbiddenError):
            await self._users.set_reachable(message.chat_id, reachable=False)
