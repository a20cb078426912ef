"""/escalation: whom alarms call that nobody takes; chains are seen and changed by buttons, hours also by words."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.callbacks.chains import (
    AskChainHours,
    DeleteChain,
    NewChain,
    RaiseChain,
    SetChainHours,
    SetChainLevel,
    SetChainPlace,
    ShowChain,
    ShowChainHours,
    ShowChainPlaces,
    ShowChains,
)
from bot.filters import IS_TEXT
from bot.formatting import Formatted, escape, render
from bot.i18n import Text
from bot.sending import send_formatted
from bot.states import ChainWords
from bot.views import chains as views
from core.diagnostics.alerts.chain_desk import ChainDesk, Chains
from core.users.rights import Actor

router = Router(name="escalation")


@router.message(Command("escalation"))
async def on_escalation(message: Message, bot: Bot, actor: Actor, text: Text, chain_desk: ChainDesk) -> None:
    """Show all chains."""
    chains = await chain_desk.look(actor)
    words, keys = views.everything(chains, chain_desk.zone, text), views.everything_keyboard(chains, text)
    await send_formatted(bot, message.chat.id, words, keys)


@router.callback_query(ShowChains.filter(), F.message.as_("message"))
async def on_all(
    callback: CallbackQuery, message: Message, bot: Bot, actor: Actor, text: Text, chain_desk: ChainDesk
) -> None:
    """Show all chains in place of one."""
    chains = await chain_desk.look(actor)
    await callback.answer()
    await _show_all(bot, message, chains, chain_desk, text)


@router.callback_query(NewChain.filter(), F.message.as_("message"))
async def on_new(
    callback: CallbackQuery,
    callback_data: NewChain,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Add a chain, and show it."""
    card = await chain_desk.create(actor, callback_data.seen)
    await callback.answer(text("subscription-saved"))
    await show(bot, message, await chain_desk.look(actor), card.id or 0, chain_desk, text)


@router.callback_query(ShowChain.filter(), F.message.as_("message"))
async def on_chain(
    callback: CallbackQuery,
    callback_data: ShowChain,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
    state: FSMContext,
) -> None:
    """Show one chain; words are waited for no longer."""
    chains = await chain_desk.look(actor)
    await callback.answer()
    await state.clear()
    await show(bot, message, chains, callback_data.chain_id, chain_desk, text)


@router.callback_query(SetChainLevel.filter(), F.message.as_("message"))
async def on_level(
    callback: CallbackQuery,
    callback_data: SetChainLevel,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Let the chain be for alarms that are at least so bad."""
    chains = await chain_desk.set_level(actor, callback_data.chain_id, callback_data.at_least)
    await callback.answer(text("subscription-saved"))
    await show(bot, message, chains, callback_data.chain_id, chain_desk, text)


@router.callback_query(ShowChainPlaces.filter(), F.message.as_("message"))
async def on_places(
    callback: CallbackQuery,
    callback_data: ShowChainPlaces,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Offer sites and machines."""
    chains = await chain_desk.look(actor)
    await callback.answer()
    await _show_places(bot, message, chains, callback_data, chain_desk, text)


@router.callback_query(SetChainPlace.filter(), F.message.as_("message"))
async def on_place(
    callback: CallbackQuery,
    callback_data: SetChainPlace,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Let the chain be for a site or a machine, or no longer; or for all."""
    chain_id, system_id = callback_data.chain_id, callback_data.system_id
    if system_id:
        chains = await chain_desk.choose(
            actor, chain_id, system_id, whole_site=callback_data.whole_site, chosen=callback_data.on
        )
    else:
        chains = await chain_desk.set_everywhere(actor, chain_id)
    await callback.answer(text("subscription-saved"))
    await _show_places(bot, message, chains, callback_data, chain_desk, text)


@router.callback_query(ShowChainHours.filter(), F.message.as_("message"))
async def on_ask_hours(
    callback: CallbackQuery,
    callback_data: ShowChainHours,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Offer hours of the day."""
    card = (await chain_desk.look(actor)).card(callback_data.chain_id)
    await callback.answer()
    words = plain(text("chain-pick-hours", zone=chain_desk.zone.key))
    await put(bot, message, words, views.hours_keyboard(card, text))


@router.callback_query(SetChainHours.filter(), F.message.as_("message"))
async def on_hours(
    callback: CallbackQuery,
    callback_data: SetChainHours,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Let the chain call in these hours only, or always."""
    begins, ends = callback_data.begins, callback_data.ends
    hours = "" if begins == ends else f"{begins}-{ends}"
    chains = await chain_desk.set_hours(actor, callback_data.chain_id, hours)
    await callback.answer(text("subscription-saved"))
    await show(bot, message, chains, callback_data.chain_id, chain_desk, text)


@router.callback_query(AskChainHours.filter(), F.message.as_("message"))
async def on_ask_words(
    callback: CallbackQuery,
    callback_data: AskChainHours,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
    state: FSMContext,
) -> None:
    """Ask for hours in words."""
    card = (await chain_desk.look(actor)).card(callback_data.chain_id)
    await callback.answer()
    await state.set_state(ChainWords.waiting)
    await state.set_data({"chain_id": card.id})
    keys = views.asked_keyboard(callback_data.chain_id, text)
    await send_formatted(bot, message.chat.id, plain(text("chain-ask-hours")), keys)


@router.message(ChainWords.waiting, IS_TEXT)
async def on_words(
    message: Message, bot: Bot, actor: Actor, text: Text, chain_desk: ChainDesk, state: FSMContext
) -> None:
    """Take the hours; words that can't be used are asked for again."""
    chain_id = (await state.get_data())["chain_id"]
    chains = await chain_desk.set_hours(actor, chain_id, message.text or "?")
    await state.clear()
    card = chains.card(chain_id)
    words = views.chain(card, chains, chain_desk.zone, text)
    await send_formatted(bot, message.chat.id, words, views.chain_keyboard(card, text))


@router.callback_query(RaiseChain.filter(), F.message.as_("message"))
async def on_raise(
    callback: CallbackQuery,
    callback_data: RaiseChain,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Have the chain looked at earlier."""
    chains = await chain_desk.raise_(actor, callback_data.chain_id, callback_data.seen)
    await callback.answer(text("subscription-saved"))
    await show(bot, message, chains, callback_data.chain_id, chain_desk, text)


@router.callback_query(DeleteChain.filter(), F.message.as_("message"))
async def on_delete(
    callback: CallbackQuery,
    callback_data: DeleteChain,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Ask whether to delete the chain, and, when one is sure, delete it."""
    chains = await chain_desk.look(actor)
    card = chains.card(callback_data.chain_id)
    if callback_data.sure:
        await chain_desk.delete(actor, callback_data.chain_id, callback_data.seen)
        await callback.answer(text("rota-deleted"))
        await _show_all(bot, message, await chain_desk.look(actor), chain_desk, text)
        return
    await callback.answer()
    words = plain(text("chain-delete-sure", number=card.number))
    await put(bot, message, words, views.delete_keyboard(card, text))


async def show(bot: Bot, message: Message, chains: Chains, chain_id: int, chain_desk: ChainDesk, text: Text) -> None:
    card = chains.card(chain_id)
    await put(bot, message, views.chain(card, chains, chain_desk.zone, text), views.chain_keyboard(card, text))


async def _show_all(bot: Bot, message: Message, chains: Chains, chain_desk: ChainDesk, text: Text) -> None:
    words = views.everything(chains, chain_desk.zone, text)
    await put(bot, message, words, views.everything_keyboard(chains, text))


async def _show_places(
    bot: Bot,
    message: Message,
    chains: Chains,
    asked: ShowChainPlaces | SetChainPlace,
    chain_desk: ChainDesk,
    text: Text,
) -> None:
    card = chains.card(asked.chain_id)
    keys = views.places_keyboard(card, chains, asked.page, text)
    await put(bot, message, views.chain(card, chains, chain_desk.zone, text), keys)


async def put(bot: Bot, message: Message, words: Formatted, keys: InlineKeyboardMarkup) -> None:
    """Put words and buttons in place of `message`."""
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


def plain(words: str) -> Formatted:
    """Return words without any formatting."""
    return render(escape(words))
