"""/handover: the shift in short, a note in one's own words, and off it goes to the next shift."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.shifts import CancelHandover, HandOver, ShowHandover
from bot.filters import IS_TEXT
from bot.i18n import Text
from bot.states import HandoverNote
from bot.summaries import AnyMessage
from bot.views import handovers as views
from core.diagnostics.handovers.service import HandoverOverError, HandoverService
from core.users.rights import Actor, Right

router = Router(name="handovers")


@router.message(Command("handover"))
async def on_handover(
    message: Message, command: CommandObject, actor: Actor, text: Text, handovers: HandoverService, state: FSMContext
) -> None:
    """`/handover [machine or site]`: prepare one and ask for a note; who can't give one reads the last."""
    if not actor.may(Right.WORK_ON_REPORTS):
        await _show(message, actor, text, handovers, 0)
        return
    where = command.args or ""
    prepared = await handovers.prepare(actor, where)
    await state.set_state(HandoverNote.waiting)
    await state.set_data({"where": where})
    await message.answer(views.draft(prepared, text, actor.zone), reply_markup=views.draft_keyboard(text))


@router.message(HandoverNote.waiting, IS_TEXT)
async def on_note(message: Message, actor: Actor, text: Text, handovers: HandoverService, state: FSMContext) -> None:
    """Hand over with the note; one that is too long is asked for again."""
    told = await handovers.hand_over(actor, message.text or "", (await state.get_data())["where"])
    await state.clear()
    await message.answer(text("handover-given", count=told))


@router.callback_query(HandOver.filter(), F.message.as_("message"))
async def on_without_note(
    callback: CallbackQuery,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    handovers: HandoverService,
    state: FSMContext,
) -> None:
    """Hand over with the facts alone; a second tap hands nothing over."""
    actor.require(Right.WORK_ON_REPORTS)
    if await state.get_state() != HandoverNote.waiting.state:
        raise HandoverOverError
    told = await handovers.hand_over(actor, "", (await state.get_data())["where"])
    await state.clear()
    await callback.answer()
    await message.answer(text("handover-given", count=told))


@router.callback_query(HandoverNote.waiting, CancelHandover.filter(), F.message.as_("message"))
async def on_cancel(callback: CallbackQuery, message: AnyMessage, text: Text, state: FSMContext) -> None:
    """Hand nothing over."""
    await state.clear()
    await callback.answer()
    await message.answer(text("handover-cancelled"))


@router.callback_query(ShowHandover.filter(), F.message.as_("message"))
async def on_show(
    callback: CallbackQuery,
    callback_data: ShowHandover,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    handovers: HandoverService,
) -> None:
    """Show one that was given."""
    await _show(message, actor, text, handovers, callback_data.number, callback_data.handover_id or None)
    await callback.answer()


async def _show(
    message: AnyMessage,
    actor: Actor,
    text: Text,
    handovers: HandoverService,
    number: int,
    handover_id: int | None = None,
) -> None:
    given = await handovers.show(actor, number, handover_id=handover_id)
    await message.answer(views.message(given, text, actor.zone), reply_markup=views.keyboard(given, text))
