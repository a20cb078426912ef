"""Messages that must arrive: patient with Telegram's limits, plain where the formatting is refused."""

from typing import TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import EditMessageText, SendMessage, TelegramMethod
from aiogram.types import InlineKeyboardMarkup, ReplyParameters

from bot.formatting import Formatted, render, split
from bot.patience import patient

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
TextMethod = TypeVar("TextMethod", SendMessage, EditMessageText)


async def patiently(bot: Bot, method: TelegramMethod[Result]) -> Result:
    """Call `method` as for somebody who waits, whoever asks for it."""
    with patient():
        return await bot(method)


async def send_markdown(
    bot: Bot,
    chat_id: int,
    markdown: str,
    keyboard: InlineKeyboardMarkup | None = None,
    *,
    reply_to: int | None = None,
    replacing: int | None = None,
) -> None:
    """Send `markdown` in as many messages as it takes, the keyboard under the last; `replacing` is edited first."""
    *before, last = split(render(markdown)) or [Formatted("…")]
    for part, markup in [*((piece, None) for piece in before), (last, keyboard)]:
        await send_formatted(bot, chat_id, part, markup, reply_to=reply_to, replacing=replacing)
        replacing = reply_to = None


async def send_formatted(
    bot: Bot,
    chat_id: int,
    part: Formatted,
    keyboard: InlineKeyboardMarkup | None = None,
    *,
    reply_to: int | None = None,
    replacing: int | None = None,
) -> None:
    """Send one message, or put it in place of the message `replacing`."""
    if replacing is not None:
        await _formatted_or_plain(bot, _edit(chat_id, replacing, part, keyboard))
    else:
        await _formatted_or_plain(bot, _send(chat_id, part, keyboard, reply_to))


def _send(chat_id: int, part: Formatted, keyboard: InlineKeyboardMarkup | None, reply_to: int | None) -> SendMessage:
    reply = ReplyParameters(message_id=reply_to, allow_sending_without_reply=True) if reply_to else None
    return SendMessage(
        chat_id=chat_id,
        text=part.text,
        entities=list(part.entities),
        parse_mode=None,
        reply_markup=keyboard,
        reply_parameters=reply,
    )


def _edit(chat_id: int, message_id: int, part: Formatted, keyboard: InlineKeyboardMarkup | None) -> EditMessageText:
    return EditMessageText(
        chat_id=chat_id,
        message_id=message_id,
        text=part.text,
        entities=list(part.entities),
        parse_mode=None,
        reply_markup=keyboard,
    )


async def _formatted_or_plain(bot: Bot, method: TextMethod) -> None:
    try:
        await patiently(bot, method)
    except TelegramBadRequest as error:
        if "message is not modified" in error.message:
            return
        if not method.entities:
            raise
        log.warning("formatting refused, sent plain", error=error.message)
        await patiently(bot, method.model_copy(update={"entities": None}))
