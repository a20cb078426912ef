"""/oncall: who is on call, until when and who is next; taking the call over, handing it on."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.duty import HandDuty, OfferDuty, ShowDuty, ShowRota, TakeDuty
from bot.i18n import Text
from bot.sending import send_formatted
from bot.views import measures
from bot.views import oncall as views
from core.diagnostics.alerts.duty import DutyDesk, RotaCard, UnknownRotaError
from core.users.rights import Actor

router = Router(name="on call")


@router.message(Command("oncall"))
async def on_oncall(message: Message, actor: Actor, text: Text, duty: DutyDesk) -> None:
    """Show who is on call."""
    cards = await duty.board(actor)
    words = views.board(cards, actor, text)
    keys = views.board_keyboard(cards, actor, text)
    await message.answer(words.text, entities=list(words.entities), parse_mode=None, reply_markup=keys)


@router.callback_query(ShowDuty.filter(), F.message.as_("message"))
async def on_board(
    callback: CallbackQuery,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    duty: DutyDesk,
    state: FSMContext,
) -> None:
    """Show all rotas in place of one; words are waited for no longer."""
    cards = await duty.board(actor)
    await callback.answer()
    await state.clear()
    words, keys = views.board(cards, actor, text), views.board_keyboard(cards, actor, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


@router.callback_query(ShowRota.filter(), F.message.as_("message"))
async def on_rota(
    callback: CallbackQuery,
    callback_data: ShowRota,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    duty: DutyDesk,
) -> None:
    """Show who is on call by one rota."""
    cards = await duty.board(actor)
    await callback.answer()
    await _show(bot, message, cards, callback_data.rota_id, actor, text)


@router.callback_query(TakeDuty.filter(), F.message.as_("message"))
async def on_take(
    callback: CallbackQuery,
    callback_data: TakeDuty,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    duty: DutyDesk,
) -> None:
    """Take the call; who had it is told."""
    until = await duty.take(actor, callback_data.rota_id, callback_data.seen, shift=callback_data.shift)
    await callback.answer(text("oncall-taken", until=measures.moment(until, actor.zone, text)))
    await _show(bot, message, await duty.board(actor), callback_data.rota_id, actor, text)


@router.callback_query(OfferDuty.filter(), F.message.as_("message"))
async def on_offer(
    callback: CallbackQuery,
    callback_data: OfferDuty,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    duty: DutyDesk,
) -> None:
    """Ask whom the call is handed to."""
    others = await duty.others(actor, callback_data.rota_id)
    await callback.answer()
    words, keys = views.offer(others, text), views.offer_keyboard(others, callback_data, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


@router.callback_query(HandDuty.filter(), F.message.as_("message"))
async def on_hand(
    callback: CallbackQuery,
    callback_data: HandDuty,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    duty: DutyDesk,
) -> None:
    """Hand the call to somebody, who is told."""
    person = await duty.hand_over(actor, callback_data.rota_id, callback_data.seen, callback_data.user_id)
    await callback.answer(text("oncall-handed", name=person.name))
    await _show(bot, message, await duty.board(actor), callback_data.rota_id, actor, text)


async def _show(bot: Bot, message: Message, cards: list[RotaCard], rota_id: int, actor: Actor, text: Text) -> None:
    card = next((card for card in cards if card.id == rota_id), None)
    if card is None:
        raise UnknownRotaError
    if len(cards) == 1:
        words, keys = views.board(cards, actor, text), views.board_keyboard(cards, actor, text)
    else:
        words, keys = views.rota(card, actor, text), views.rota_keyboard(card, actor, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)
