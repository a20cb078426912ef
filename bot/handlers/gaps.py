"""What the documents lack: the report for admins, and the button under a refusal."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot.callbacks.documents import ExportGaps, ShowGaps, WantDocument
from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import gaps as views
from bot.views.keyboards import without
from core.rag.gaps import GapService
from core.users.rights import Actor

router = Router(name="gaps")


@router.message(Command("gaps"))
async def on_gaps(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, gaps: GapService
) -> None:
    """Show the report; `/gaps csv` sends it as a file."""
    if (command.args or "").strip().lower() == "csv":
        await _export(bot, message.chat.id, actor, text, gaps)
    else:
        await _show(bot, message.chat.id, 0, actor, text, gaps)


@router.callback_query(ShowGaps.filter(), F.message.as_("message"))
async def on_page(
    callback: CallbackQuery,
    callback_data: ShowGaps,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    gaps: GapService,
) -> None:
    """Turn the page in place."""
    await callback.answer()
    await _show(bot, message.chat.id, callback_data.page, actor, text, gaps, replacing=message.message_id)


@router.callback_query(ExportGaps.filter(), F.message.as_("message"))
async def on_export(
    callback: CallbackQuery, message: Message, bot: Bot, actor: Actor, text: Text, gaps: GapService
) -> None:
    """Send the file."""
    await callback.answer()
    await _export(bot, message.chat.id, actor, text, gaps)


@router.callback_query(WantDocument.filter())
async def on_want(
    callback: CallbackQuery, callback_data: WantDocument, actor: Actor, text: Text, gaps: GapService
) -> None:
    """Pass the wish on to the admins; its button goes."""
    await gaps.ask_for_document(actor, callback_data.query_id)
    await callback.answer(text("gaps-passed-on"), show_alert=True)
    if isinstance(callback.message, Message) and callback.message.reply_markup:
        await callback.message.edit_reply_markup(reply_markup=without(callback.message.reply_markup, callback_data))


async def _show(
    bot: Bot, chat_id: int, page: int, actor: Actor, text: Text, gaps: GapService, *, replacing: int | None = None
) -> None:
    found = await gaps.report(actor)
    words, keyboard = views.report(found, page, actor.zone, text), views.keyboard(found, page, text)
    await send_markdown(bot, chat_id, words, keyboard, replacing=replacing)


async def _export(bot: Bot, chat_id: int, actor: Actor, text: Text, gaps: GapService) -> None:
    found = await gaps.report(actor)
    await bot.send_document(chat_id, BufferedInputFile(views.table(found), "gaps.csv"), caption=text("gaps-file"))
