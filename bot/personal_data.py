"""What is kept about a person on its way to their chat."""

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import FSInputFile
from aiogram.utils.chat_action import ChatActionSender

from bot.i18n import Text
from bot.views.errors import describe_error
from core.privacy.export import PersonalDataService
from core.users.rights import Actor

log = structlog.get_logger(__name__)


async def send_personal_data(bot: Bot, chat_id: int, actor: Actor, text: Text, data: PersonalDataService) -> None:
    """Send the file, or say why it can't be. For the supervisor: nobody above would tell the user."""
    try:
        async with ChatActionSender.upload_document(chat_id, bot), data.export(actor) as file:
            await bot.send_document(chat_id, FSInputFile(file.path), caption=text("privacy-file"), request_timeout=300)
    except TelegramAPIError:
        log.exception("personal data could not be sent", chat=chat_id)
        await bot.send_message(chat_id, text("export-not-sent"))
    except Exception as error:  # told to the user; logged with its reference id by describe_error
        await bot.send_message(chat_id, describe_error(error, text))
