"""A summary as messages: picture and words, or, over a poor signal, words first."""

from aiogram.enums import ParseMode
from aiogram.types import BufferedInputFile, InaccessibleMessage, InputMediaPhoto, Message

from bot.i18n import Text
from bot.pictures import picture_of
from bot.views.summary import brief_keyboard, brief_summary, summary_keyboard, summary_texts
from core.diagnostics.summary import SystemSummary
from core.users.rights import Actor

AnyMessage = Message | InaccessibleMessage
"""Buttons outlive the bot's access to their messages: those can be answered, but not edited."""


async def send_summary(message: AnyMessage, summary: SystemSummary, actor: Actor, text: Text) -> None:
    """Send the summary below `message`."""
    if actor.poor_signal:
        words, keyboard = brief_summary(summary, text, actor.zone), brief_keyboard(summary, text)
        await message.answer(words, parse_mode=ParseMode.HTML, reply_markup=keyboard)
    else:
        await send_picture(message, summary, actor, text)


async def send_picture(message: AnyMessage, summary: SystemSummary, actor: Actor, text: Text) -> None:
    """Send the summary with its picture, however poor the signal."""
    caption, *more = summary_texts(summary, text, actor.zone)
    keyboard = summary_keyboard(summary, text)
    picture = await _picture(summary, actor, text)
    await message.answer_photo(picture, caption=caption, parse_mode=ParseMode.HTML, reply_markup=keyboard)
    for tail in more:
        await message.answer(tail, parse_mode=ParseMode.HTML)


async def replace_summary(message: AnyMessage, summary: SystemSummary, actor: Actor, text: Text) -> None:
    """Show the summary in place of one with a picture; below `message` where that has none."""
    if not (isinstance(message, Message) and message.photo):
        await send_summary(message, summary, actor, text)
        return
    caption, *more = summary_texts(summary, text, actor.zone)
    photo = InputMediaPhoto(media=await _picture(summary, actor, text), caption=caption, parse_mode=ParseMode.HTML)
    await message.edit_media(photo, reply_markup=summary_keyboard(summary, text))
    for tail in more:
        await message.answer(tail, parse_mode=ParseMode.HTML)


async def _picture(summary: SystemSummary, actor: Actor, text: Text) -> BufferedInputFile:
    return BufferedInputFile(await picture_of(summary, actor.zone, text), f"{summary.status.system.code}.png")
