"""Readings asked for in plain words, and the stretch of time that somebody types after a button. Rules, no model."""

from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks import AskRange
from bot.filters import IsForBot
from bot.i18n import Text
from bot.states import OwnRange
from bot.summaries import AnyMessage, send_summary
from core.diagnostics.requests import ReadingsRequest
from core.diagnostics.service import DiagnosticsService
from core.rag.conversations import Conversations
from core.users.rights import Actor

router = Router(name="readings")
IS_TEXT = F.text & ~F.text.startswith("/")


class AsksForReadings(Filter):
    """A sentence that asks for readings, every word of it understood; anything else is a question."""

    async def __call__(
        self, message: Message, actor: Actor, diagnostics: DiagnosticsService, conversations: Conversations
    ) -> bool | dict[str, Any]:
        """Hand the request to the handler."""
        words = " ".join(word for word in (message.text or "").split() if not word.startswith("@"))
        about = await conversations.current(actor, message.chat.id)
        request = await diagnostics.request(actor, words, about=about)
        return {"request": request} if request else False


@router.callback_query(AskRange.filter(), F.message.as_("message"))
async def on_ask_range(
    callback: CallbackQuery, callback_data: AskRange, message: AnyMessage, text: Text, state: FSMContext
) -> None:
    """Ask for the stretch of time."""
    await callback.answer()
    await state.set_state(OwnRange.waiting)
    await state.update_data(system_id=callback_data.system_id)
    await message.answer(text("sensors-ask-range"))


@router.message(OwnRange.waiting, IS_TEXT)
async def on_range(
    message: Message, actor: Actor, text: Text, diagnostics: DiagnosticsService, state: FSMContext
) -> None:
    """Show the machine over the stretch of time; what is none is a request or a question like any other."""
    system_id = (await state.get_data())["system_id"]
    await state.clear()
    window, rest = diagnostics.window(actor, message.text or "")
    if window is None or rest:
        raise SkipHandler
    await send_summary(
        message, await diagnostics.summary(actor, system_id, window.length, until=window.end), actor, text
    )


@router.message(IS_TEXT, IsForBot(), AsksForReadings())
async def on_request(
    message: Message, request: ReadingsRequest, actor: Actor, text: Text, diagnostics: DiagnosticsService
) -> None:
    """Show what was asked for."""
    window = request.window
    summary = await diagnostics.summary(actor, request.system.id, window.length, until=window.end)
    await send_summary(message, summary.only({sensor.id for sensor in request.sensors}), actor, text)
