"""Files of readings sent to the bot: tried out at once, taken in at the press of a button."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.types import CallbackQuery, Document, Message

from bot.callbacks.readings import ImportReadings, StopImport
from bot.i18n import Text
from bot.importing import ImportDesk, check
from bot.sending import send_markdown
from bot.views import imports as views
from core.diagnostics.ingest.files import is_readings
from core.diagnostics.ingest.importing import ImportService
from core.supervisor import Supervisor
from core.users.rights import Actor

router = Router(name="imports")
_of_file = F.message.reply_to_message.document.as_("file")


@router.message(F.document.file_name.func(is_readings), F.document.as_("file"), F.chat.type == ChatType.PRIVATE)
async def on_file(
    message: Message,
    file: Document,
    bot: Bot,
    actor: Actor,
    text: Text,
    imports: ImportService,
    supervisor: Supervisor,
) -> None:
    """Tell what would become of the readings; nothing is written yet."""
    check(actor, file)
    shown = await message.reply(text("imports-trying", name=file.file_name or ""))
    ImportDesk(bot, imports, supervisor).start(file, shown, actor, text, dry_run=True)


@router.callback_query(ImportReadings.filter(), _of_file, F.message.as_("message"))
async def on_take(
    callback: CallbackQuery,
    message: Message,
    file: Document,
    bot: Bot,
    actor: Actor,
    text: Text,
    imports: ImportService,
    supervisor: Supervisor,
) -> None:
    """Take the readings in."""
    ImportDesk(bot, imports, supervisor).start(file, message, actor, text, dry_run=False)
    await callback.answer()


@router.callback_query(StopImport.filter(), _of_file, F.message.as_("message"))
async def on_stop(
    callback: CallbackQuery,
    message: Message,
    file: Document,
    bot: Bot,
    text: Text,
    imports: ImportService,
    supervisor: Supervisor,
) -> None:
    """Stop, or leave the file alone."""
    await callback.answer()
    if not await ImportDesk(bot, imports, supervisor).stop(message):
        sight = views.dropped(file.file_name or "", text)
        await send_markdown(bot, message.chat.id, sight.words, replacing=message.message_id)


@router.callback_query(ImportReadings.filter())
@router.callback_query(StopImport.filter())
async def on_gone(callback: CallbackQuery, text: Text) -> None:
    """The file was deleted from the chat."""
    await callback.answer(text("imports-gone"), show_alert=True)
