"""One message that follows a job until it ends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardMarkup, Message

from bot.sending import send_markdown
from core.progress import JobProgress, ProgressBoard

_EVERY_S = 2.0
_LONGEST_S = 1800.0
"""Then the message stays as it is; the job goes on."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the message shows now, as Markdown; `over`: nothing more will come."""

    words: str
    keyboard: InlineKeyboardMarkup | None = None
    over: bool = False


Wording = Callable[[JobProgress | None], Sight]
"""Words a report; None where no worker has begun, or the one that had is gone."""


async def follow(bot: Bot, message: Message, board: ProgressBoard, job: str, word: Wording) -> None:
    """Edit `message` as `word` puts the reports of `job`; a fault of Telegram's ends it, for the job goes on anyway."""
    shown: Sight | None = None
    end = asyncio.get_running_loop().time() + _LONGEST_S
    while asyncio.get_running_loop().time() < end:
        sight = word(await board.read(job))
        if sight != shown:
            try:
                await send_markdown(bot, message.chat.id, sight.words, sight.keyboard, replacing=message.message_id)
            except TelegramAPIError:
                return
            shown = sight
        if sight.over:
            return
        await asyncio.sleep(_EVERY_S)
