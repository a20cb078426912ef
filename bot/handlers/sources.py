"""What an answer rests on, page by page in one message."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.answers import OpenSource, TurnSource
from bot.i18n import Text
from bot.sending import send_formatted
from bot.views import sources as views
from core.rag.sources import Source, SourceService
from core.users.rights import Actor

router = Router(name="sources")


@router.message(Command("sources"))
async def on_sources(message: Message, bot: Bot, actor: Actor, text: Text, sources: SourceService) -> None:
    """Open the first source of the last answer."""
    source = await sources.last(actor, message.chat.id)
    if source is None:
        await message.answer(text("sources-none"))
    else:
        await _show(bot, message.chat.id, source, 0, text)


@router.callback_query(OpenSource.filter(), F.message.as_("message"))
async def on_open(
    callback: CallbackQuery,
    callback_data: OpenSource,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    sources: SourceService,
) -> None:
    """Open a source of an answer below it."""
    source = await sources.open(actor, callback_data.query_id, callback_data.number)
    await callback.answer()
    await _show(bot, message.chat.id, source, 0, text)


@router.callback_query(TurnSource.filter(), F.message.as_("message"))
async def on_turn(
    callback: CallbackQuery,
    callback_data: TurnSource,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    sources: SourceService,
) -> None:
    """Turn the page in place."""
    source = await sources.open(actor, callback_data.query_id, callback_data.number)
    await callback.answer()
    await _show(bot, message.chat.id, source, callback_data.part, text, replacing=message.message_id)


async def _show(bot: Bot, chat_id: int, source: Source, part: int, text: Text, *, replacing: int | None = None) -> None:
    page = views.page(source, part, text)
    await send_formatted(bot, chat_id, page.content, views.keyboard(source, page), replacing=replacing)
