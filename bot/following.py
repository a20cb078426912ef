"""One message that follows a job until it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardMarkup, Message

from bot.sending import send_markdown

_EVERY_S = 2.0
_LONGEST_S = 1800.0
"""Then the message stays as it is; the job goes on."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the message shows now, as Markdown; `over`: nothing more will come."""

    words: str
    keyboard: InlineKeyboardMarkup | None = None
    over: bool = False


Look = Callable[[], Awaitable[Sight]]
"""Finds out what there is to see now."""


async def follow(bot: Bot, message: Message, look: Look) -> bool:
    """Edit `message` as things go, and tell whether it shows their end.

    A fault of Telegram's ends it, for what is followed goes on anyway.
    """
    shown: Sight | None = None
    end = asyncio.get_running_loop().time() + _LONGEST_S
    while asyncio.get_running_loop().time() < end:
        sight = await look()
        if sight != shown:
            try:
                await send_markdown(bot, message.chat.id, sight.words, sight.keyboard, replacing=message.message_id)
            except TelegramAPIError:
                return False
            shown = sight
        if sight.over:
            return True
        await asyncio.sleep(_EVERY_S)
    return False
