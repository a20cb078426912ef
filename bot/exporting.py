"""A file of readings on its way to a chat: made, sent, and told about where it can't be."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import FSInputFile
from aiogram.utils.chat_action import ChatActionSender

from bot.i18n import Text
from bot.views import exports as views
from bot.views.errors import describe_error
from core.diagnostics.exports.service import ExportService
from core.diagnostics.exports.writers import Format
from core.diagnostics.windows import Window
from core.users.rights import Actor

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export: a machine by its id or name, and of it `sensors` (ids; none: all)."""

    system: str | int
    window: Window
    kind: Format
    sensors: Collection[int] = ()


async def send_export(bot: Bot, chat_id: int, wanted: Wanted, actor: Actor, text: Text, exports: ExportService) -> None:
    """Send the file, or say why there is none. For the supervisor: nobody above would tell the user."""
    try:
        async with (
            ChatActionSender.upload_document(chat_id, bot),
            exports.export(actor, wanted.system, wanted.window, wanted.kind, sensors=wanted.sensors) as export,
        ):
            await bot.send_document(
                chat_id,
                FSInputFile(export.path),
                caption=views.caption(export, text, actor.zone),
                disable_content_type_detection=True,
                request_timeout=300,
            )
    except TelegramAPIError:
        log.exception("export could not be sent", chat=chat_id)
        await bot.send_message(chat_id, text("export-not-sent"))
    except Exception as error:  # told to the user; logged with its reference id by describe_error
        await bot.send_message(chat_id, describe_error(error, text))
