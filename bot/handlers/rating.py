"""Thumbs under an answer, and why one went down."""

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.callbacks.answers import Rate, RateReason
from bot.i18n import Text
from bot.views import rating as views
from core.rag.assistant import Assistant
from core.users.rights import Actor

router = Router(name="rating")


@router.callback_query(Rate.filter())
async def on_rate(callback: CallbackQuery, callback_data: Rate, actor: Actor, text: Text, assistant: Assistant) -> None:
    """Keep the thumb and mark it; a thumb down asks why."""
    await assistant.feedback(actor, callback_data.query_id, callback_data.value)
    await callback.answer(text("feedback-thanks" if callback_data.value > 0 else "feedback-why"))
    if isinstance(callback.message, Message) and (markup := callback.message.reply_markup):
        await _show(callback.message, views.rated(markup, callback_data, text))


@router.callback_query(RateReason.filter())
async def on_reason(
    callback: CallbackQuery, callback_data: RateReason, actor: Actor, text: Text, assistant: Assistant
) -> None:
    """Keep the reason and show it in place of the others."""
    await assistant.feedback(actor, callback_data.query_id, -1, callback_data.reason)
    await callback.answer(text("feedback-thanks"))
    if isinstance(callback.message, Message) and (markup := callback.message.reply_markup):
        await _show(callback.message, views.explained(markup, callback_data, text))


async def _show(message: Message, markup: InlineKeyboardMarkup) -> None:
    if markup != message.reply_markup:
        await message.edit_reply_markup(reply_markup=markup)
