"""An update that a bot left behind, handled again; or, after too many tries, given up in words."""

from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.methods import SendMessage

from bot.i18n import text_for
from bot.inbox import Orphan
from bot.sending import patiently
from core.observability import bind_correlation_id

log = structlog.get_logger(__name__)


async def handle_again(bot: Bot, dispatcher: Dispatcher, orphan: Orphan) -> None:
    """Handle `orphan`, or tell whoever sent it that nothing will come of it."""
    number = orphan.update.update_id
    if not orphan.hopeless:
        log.warning("update taken up", update=number)
        await dispatcher.feed_update(bot, orphan.update)
        return
    reference = bind_correlation_id()
    log.error("update given up", update=number)
    event: Any = orphan.update.event
    chat = getattr(getattr(event, "message", event), "chat", None)
    if chat is not None:
        language = getattr(getattr(event, "from_user", None), "language_code", None)
        words = text_for(language or "en")("error-unknown", reference=reference)
        await patiently(bot, SendMessage(chat_id=chat.id, text=words))
