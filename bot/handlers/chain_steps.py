"""The steps of a chain of calls: whom a new one calls, how long it waits; one that is taken away."""

from datetime import timedelta

from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks.chains import AddCall, PickCall, PickPerson, PickWait, RemoveCall
from bot.handlers.escalation import plain, put, show
from bot.i18n import Text
from bot.views import chains as views
from core.diagnostics.alerts.chain_desk import ChainDesk
from core.users.rights import Actor

router = Router(name="chain steps")


@router.callback_query(PickCall.filter(), F.message.as_("message"))
async def on_pick_call(
    callback: CallbackQuery,
    callback_data: PickCall,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Ask whom a new step calls."""
    (await chain_desk.look(actor)).card(callback_data.chain_id)
    await callback.answer()
    await put(bot, message, plain(text("chain-pick-whom")), views.whom_keyboard(callback_data, text))


@router.callback_query(PickPerson.filter(), F.message.as_("message"))
async def on_pick_person(
    callback: CallbackQuery,
    callback_data: PickPerson,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Offer people."""
    staff = await chain_desk.staff(actor)
    await callback.answer()
    keys = views.people_keyboard(staff, callback_data, text)
    await put(bot, message, plain(text("chain-pick-whom")), keys)


@router.callback_query(PickWait.filter(), F.message.as_("message"))
async def on_pick_wait(
    callback: CallbackQuery,
    callback_data: PickWait,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Ask how long the new step waits."""
    (await chain_desk.look(actor)).card(callback_data.chain_id)
    await callback.answer()
    await put(bot, message, plain(text("chain-pick-wait")), views.waits_keyboard(callback_data, text))


@router.callback_query(AddCall.filter(), F.message.as_("message"))
async def on_add(
    callback: CallbackQuery,
    callback_data: AddCall,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Add the step."""
    wait = timedelta(minutes=callback_data.wait_min)
    chains = await chain_desk.add_call(actor, callback_data.chain_id, callback_data.seen, callback_data.whom, wait)
    await callback.answer(text("subscription-saved"))
    await show(bot, message, chains, callback_data.chain_id, chain_desk, text)


@router.callback_query(RemoveCall.filter(), F.message.as_("message"))
async def on_drop(
    callback: CallbackQuery,
    callback_data: RemoveCall,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    chain_desk: ChainDesk,
) -> None:
    """Take a step away."""
    chain_id, seen = callback_data.chain_id, callback_data.seen
    chains = await chain_desk.remove_call(actor, chain_id, seen, callback_data.index)
    await callback.answer(text("subscription-saved"))
    await show(bot, message, chains, callback_data.chain_id, chain_desk, text)
