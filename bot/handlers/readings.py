"""Readings asked for in plain words, and the stretch of time that somebody types after a button. Rules, no model."""

from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.machines import AskRange, PickRange, sensor_ids
from bot.filters import IS_TEXT, IsForBot
from bot.i18n import Text
from bot.states import OwnRange
from bot.summaries import AnyMessage, send_summary
from bot.views.summary import range_keyboard
from core.diagnostics.periods import DAY
from core.diagnostics.requests import ReadingsRequest
from core.diagnostics.service import DiagnosticsService
from core.rag.conversations import Conversations
from core.users.rights import Actor

router = Router(name="readings")


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
    """Ask for the stretch of time: to pick, or to type."""
    await callback.answer()
    await state.set_state(OwnRange.waiting)
    await state.set_data(callback_data.model_dump())
    await message.answer(text("sensors-ask-range"), reply_markup=range_keyboard(callback_data, text))


@router.callback_query(PickRange.filter(), F.message.as_("message"))
async def on_pick_range(
    callback: CallbackQuery,
    callback_data: PickRange,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
    state: FSMContext,
) -> None:
    """Show the machine over the stretch of time that was picked."""
    await callback.answer()
    await state.clear()
    window = diagnostics.own_range(actor, callback_data.pick) or diagnostics.last(DAY)
    summary = await diagnostics.summary(actor, callback_data.system_id, window.length, until=window.end)
    await send_summary(message, summary.only(sensor_ids(callback_data.sensors)), actor, text)


@router.message(OwnRange.waiting, IS_TEXT)
async def on_range(
    message: Message, actor: Actor, text: Text, diagnostics: DiagnosticsService, state: FSMContext
) -> None:
    """Show the machine over the stretch of time; what is none is a request or a question like any other."""
    asked = AskRange(**await state.get_data())
    window = diagnostics.own_range(actor, message.text or "")  # one that can't be used is explained, and waited for
    await state.clear()
    if window is None:
        raise SkipHandler
    summary = await diagnostics.summary(actor, asked.system_id, window.length, until=window.end)
    await send_summary(message, summary.only(sensor_ids(asked.sensors)), actor, text)


@router.message(IS_TEXT, IsForBot(), AsksForReadings())
async def on_request(
    message: Message, request: ReadingsRequest, actor: Actor, text: Text, diagnostics: DiagnosticsService
) -> None:
    """Show what was asked for."""
    window = request.window
    summary = await diagnostics.summary(actor, request.system.id, window.length, until=window.end)
    await send_summary(message, summary.only({sensor.id for sensor in request.sensors}), actor, text)
