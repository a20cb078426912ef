"""Rotas made and changed: by buttons, and by words where buttons can't say it."""

from aiogram import Bot, F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.duty import (
    AskRotaTurn,
    AskRotaWords,
    ChangeRota,
    DeleteRota,
    NewRota,
    RotaPart,
    SetRotaMember,
    SetRotaTurn,
    ShowRotaMembers,
)
from bot.filters import IS_TEXT
from bot.i18n import Text
from bot.sending import send_formatted
from bot.states import RotaWords
from bot.views import oncall
from bot.views import rotas as views
from core.diagnostics.alerts.duty import DutyDesk, RotaCard
from core.diagnostics.alerts.rotas import Rotas
from core.users.rights import Actor, Right

router = Router(name="rotas")


@router.callback_query(NewRota.filter(), F.message.as_("message"))
async def on_new(callback: CallbackQuery, message: Message, actor: Actor, text: Text, state: FSMContext) -> None:
    """Ask for a name."""
    actor.require(Right.MANAGE_ALARMS)
    await callback.answer()
    await state.set_state(RotaWords.waiting)
    await state.set_data({"what": RotaPart.NAME.value})
    await message.answer(views.asked(RotaPart.NAME, text), reply_markup=views.asked_keyboard(None, text))


@router.callback_query(ChangeRota.filter(), F.message.as_("message"))
async def on_change(
    callback: CallbackQuery,
    callback_data: ChangeRota,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    rotas: Rotas,
    state: FSMContext,
) -> None:
    """Show what can be changed; words are waited for no longer."""
    card = await rotas.look(actor, callback_data.rota_id)
    await callback.answer()
    await state.clear()
    await _settings(bot, message, card, actor, text, replacing=message.message_id)


@router.callback_query(ShowRotaMembers.filter(), F.message.as_("message"))
async def on_members(
    callback: CallbackQuery,
    callback_data: ShowRotaMembers,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    rotas: Rotas,
) -> None:
    """Ask who takes turns."""
    card = await rotas.look(actor, callback_data.rota_id)
    await callback.answer()
    staff = await rotas.staff(actor)
    words, keys = views.members(card, text), views.members_keyboard(card, staff, callback_data.page, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


@router.callback_query(SetRotaMember.filter(), F.message.as_("message"))
async def on_member(
    callback: CallbackQuery,
    callback_data: SetRotaMember,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    rotas: Rotas,
) -> None:
    """Put somebody on the rota, or take them off it."""
    card = await rotas.set_member(actor, callback_data.rota_id, callback_data.user_id, member=callback_data.on)
    await callback.answer(text("subscription-saved"))
    staff = await rotas.staff(actor)
    words, keys = views.members(card, text), views.members_keyboard(card, staff, callback_data.page, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


@router.callback_query(AskRotaTurn.filter(), F.message.as_("message"))
async def on_ask_turn(
    callback: CallbackQuery,
    callback_data: AskRotaTurn,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    rotas: Rotas,
) -> None:
    """Offer lengths of a turn."""
    card = await rotas.look(actor, callback_data.rota_id)
    await callback.answer()
    words, keys = views.turns(card, text), views.turns_keyboard(card, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


@router.callback_query(SetRotaTurn.filter(), F.message.as_("message"))
async def on_turn(
    callback: CallbackQuery,
    callback_data: SetRotaTurn,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    rotas: Rotas,
) -> None:
    """Change the length of a turn."""
    card = await rotas.set_turn(actor, callback_data.rota_id, f"{callback_data.hours} h")
    await callback.answer(text("subscription-saved"))
    await _settings(bot, message, card, actor, text, replacing=message.message_id)


@router.callback_query(AskRotaWords.filter(), F.message.as_("message"))
async def on_ask_words(
    callback: CallbackQuery,
    callback_data: AskRotaWords,
    message: Message,
    actor: Actor,
    text: Text,
    rotas: Rotas,
    state: FSMContext,
) -> None:
    """Ask for the length of a turn, or the start, in words."""
    card = await rotas.look(actor, callback_data.rota_id)
    await callback.answer()
    await state.set_state(RotaWords.waiting)
    await state.set_data({"what": callback_data.what.value, "rota_id": card.id})
    await message.answer(views.asked(callback_data.what, text), reply_markup=views.asked_keyboard(card.id, text))


@router.message(RotaWords.waiting, IS_TEXT)
async def on_words(message: Message, bot: Bot, actor: Actor, text: Text, rotas: Rotas, state: FSMContext) -> None:
    """Do with the words what they were asked for; words that can't be used are asked for again."""
    data, words = await state.get_data(), message.text or ""
    if data["what"] == RotaPart.NAME:
        card = await rotas.create(actor, words)
    elif data["what"] == RotaPart.TURN:
        card = await rotas.set_turn(actor, data["rota_id"], words)
    else:
        card = await rotas.set_start(actor, data["rota_id"], words)
    await state.clear()
    await _settings(bot, message, card, actor, text)


@router.callback_query(DeleteRota.filter(), F.message.as_("message"))
async def on_delete(
    callback: CallbackQuery,
    callback_data: DeleteRota,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    rotas: Rotas,
    duty: DutyDesk,
) -> None:
    """Ask whether to delete a rota, and, when one is sure, delete it."""
    card = await rotas.look(actor, callback_data.rota_id)
    if callback_data.sure:
        await rotas.delete(actor, card.id)
        cards = await duty.board(actor)
        words, keys = oncall.board(cards, actor, text), oncall.board_keyboard(cards, actor, text)
    else:
        words, keys = views.delete(card, text), views.delete_keyboard(card, text)
    await callback.answer(text("rota-deleted") if callback_data.sure else None)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


async def _settings(
    bot: Bot, message: Message, card: RotaCard, actor: Actor, text: Text, *, replacing: int | None = None
) -> None:
    words, keys = views.settings(card, actor.zone, text), views.settings_keyboard(card, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=replacing)
