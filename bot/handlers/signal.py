"""Poor signal: a short message first, the rest on a tap."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.answers import OpenAnswer
from bot.i18n import Text, text_for
from bot.sending import send_markdown
from bot.views import answers as views
from core.rag.assistant import Assistant
from core.users.rights import Actor
from core.users.service import UserService

router = Router(name="signal")


@router.message(Command("signal"))
async def on_signal(message: Message, actor: Actor, text: Text, users: UserService) -> None:
    """Turn the mode on or off, for this person."""
    member = await users.set_poor_signal(actor, not actor.poor_signal)
    await message.answer(text("signal-poor" if member.poor_signal else "signal-good"))


@router.callback_query(OpenAnswer.filter(), F.message.as_("message"))
async def on_whole_answer(
    callback: CallbackQuery,
    callback_data: OpenAnswer,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    assistant: Assistant,
) -> None:
    """Put the whole answer in place of its beginning."""
    answer = await assistant.recorded(actor, callback_data.query_id)
    await callback.answer()
    words = views.answer(answer, text_for(answer.language, actor.units))
    await send_markdown(bot, message.chat.id, words, views.answer_keyboard(answer, text), replacing=message.message_id)
