"""The one error router: what went wrong, in the user's language, and never how."""

import structlog
from aiogram import Router
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import CallbackQuery, ErrorEvent, Message, User

from bot.holding import claim_of_failed_handler
from bot.i18n import Text, text_for
from bot.views.errors import describe_error
from core.errors import HydrodiagError
from core.metrics import HANDLER_FAULTS
from core.users.service import UserService

log = structlog.get_logger(__name__)
router = Router(name="errors")
_HARMLESS = ("query is too old", "message is not modified", "message to edit not found", "message can't be edited")
_ALERT_LIMIT = 200
"""Characters in the alert of a button."""


@router.errors()
async def on_error(
    event: ErrorEvent, users: UserService, text: Text | None = None, event_from_user: User | None = None
) -> None:
    """Tell the user; where that can't be done now, have the update handled again."""
    async with claim_of_failed_handler().telling():
        await _on_error(event, users, text, event_from_user)


async def _on_error(event: ErrorEvent, users: UserService, text: Text | None, event_from_user: User | None) -> None:
    """Note those who blocked the bot; pass over what only a late tap can cause; tell the others."""
    error = event.exception
    if isinstance(error, TelegramForbiddenError):
        if event_from_user:
            await users.set_reachable(event_from_user.id, reachable=False)
        return
    if isinstance(error, TelegramBadRequest) and any(words in error.message for words in _HARMLESS):
        log.info("late tap", error=error.message)
        return
    if not isinstance(error, HydrodiagError):
        HANDLER_FAULTS.labels(type(error).__name__).inc()
    language = event_from_user.language_code if event_from_user else None
    words = describe_error(error, text or text_for((language or "en").partition("-")[0]))
    await _tell(event.update.message or event.update.callback_query, words)


async def _tell(event: Message | CallbackQuery | None, words: str) -> None:
    if isinstance(event, CallbackQuery):
        await event.answer(words[:_ALERT_LIMIT], show_alert=True)
    elif event is not None:
        await event.answer(words)
