"""Repair cases before their reviewers: shown, approved, rejected, withdrawn. Whoever is first decides."""

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks.repairs import DecideCase, ShowCase, WithdrawCase
from bot.i18n import Text
from bot.summaries import AnyMessage
from bot.views import cases
from bot.views import repairs as views
from core.diagnostics.repairs.service import RepairService
from core.users.rights import Actor, Right

router = Router(name="case reviews")


@router.callback_query(ShowCase.filter(), F.message.as_("message"))
async def on_case(
    callback: CallbackQuery,
    callback_data: ShowCase,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    repairs: RepairService,
) -> None:
    """Show a case."""
    case = await repairs.get(actor, callback_data.case_id)
    await callback.answer()
    await message.answer(cases.card(case, text), reply_markup=views.keyboard_for(case, actor, text))


@router.callback_query(DecideCase.filter(), F.message.as_("message"))
async def on_decide(
    callback: CallbackQuery,
    callback_data: DecideCase,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    repairs: RepairService,
) -> None:
    """Decide; who comes second is told what was decided, and sees it."""
    decision = await repairs.decide(actor, callback_data.case_id, approve=callback_data.approve)
    await callback.answer(views.decided(decision.case, text), show_alert=not decision.fresh)
    if isinstance(message, Message):
        await message.edit_text(cases.card(decision.case, text))


@router.callback_query(WithdrawCase.filter(), F.message.as_("message"))
async def on_withdraw(
    callback: CallbackQuery,
    callback_data: WithdrawCase,
    message: Message,
    actor: Actor,
    text: Text,
    repairs: RepairService,
) -> None:
    """Ask once more, then withdraw an approved case."""
    actor.require(Right.REVIEW_REPAIRS)
    if not callback_data.sure:
        case = await repairs.get(actor, callback_data.case_id)
        await callback.answer()
        await message.edit_reply_markup(reply_markup=views.keyboard_for(case, actor, text, asked=True))
        return
    decision = await repairs.withdraw(actor, callback_data.case_id)
    await callback.answer(views.decided(decision.case, text), show_alert=not decision.fresh)
    await message.edit_text(cases.card(decision.case, text))
