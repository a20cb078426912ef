"""Did it arrive? Looks for a message whose sender died, or lost the connection, between sending and writing it down.

Telegram has no idempotency key and bots can't read a chat's history, but they can forward a message whose number they
guess, and a forwarded message is returned with its words. Numbers grow, so the message, if it arrived, stands within
a few numbers after the newest one known before. Each find is forwarded without a sound and deleted at once.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import Message

log = structlog.get_logger(__name__)
REACH = 50
"""Numbers looked at. Those in between are messages that answers and people sent at the same moment."""


def digest_of(words: str) -> str:
    """Return the digest of a text, or caption, as Telegram gives it back: plain, and trimmed."""
    return hashlib.sha256(words.strip().encode()).hexdigest()


async def find_arrived(
    bot: Bot,
    chat_id: int,
    digest: str,
    watermark: int | None,
    known: Callable[[Collection[int]], Awaitable[set[int]]],
) -> int | None:
    """Return the number of the message with these words that stands shortly after `watermark`; None if there is none.

    `known` tells which numbers are other messages of ours.

    Raises:
        TelegramAPIError: the chat can't be looked into now.
    """
    numbers = range((watermark or 0) + 1, (watermark or 0) + 1 + REACH)
    others = await known(numbers)
    for number in numbers:
        found = None if number in others else await _read(bot, chat_id, number)
        if found is not None and digest_of(found.text or found.caption or "") == digest:
            log.info("a message of a dead sender had arrived", chat=chat_id, message=number)
            return number
    return None


async def _read(bot: Bot, chat_id: int, number: int) -> Message | None:
    try:
        copy = await bot.forward_message(chat_id, chat_id, number, disable_notification=True)
    except TelegramBadRequest:
        return None  # no such message, or one that can't be forwarded
    try:
        await bot.delete_message(chat_id, copy.message_id)
    except TelegramAPIError as error:
        log.warning("a probe stays in the chat", chat=chat_id, message=copy.message_id, error=str(error))
    return copy
