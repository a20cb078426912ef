"""/subscriptions: what a person or a group hears of alarms, changed by buttons."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.subscriptions import ListenFrom, ListenOn, ListenTo, ShowPlaces, ShowSubscription
from bot.i18n import Text
from bot.sending import send_formatted
from bot.views import subscriptions as views
from core.diagnostics.alerts.subscriptions import Chat, Subscription, Subscriptions
from core.users.rights import Actor

router = Router(name="subscriptions")


@router.message(Command("subscriptions"))
async def on_subscriptions(message: Message, actor: Actor, text: Text, subscriptions: Subscriptions) -> None:
    """Show what this chat hears, in the topic where it is asked."""
    shown = await subscriptions.look(actor, _chat(message))
    words = views.card(shown, text)
    await message.answer(
        words.text, entities=list(words.entities), parse_mode=None, reply_markup=views.keyboard(shown, text)
    )


@router.callback_query(ShowSubscription.filter(), F.message.as_("message"))
async def on_show(
    callback: CallbackQuery, message: Message, bot: Bot, actor: Actor, text: Text, subscriptions: Subscriptions
) -> None:
    """Show it in place of the list of machines."""
    shown = await subscriptions.look(actor, _chat(message))
    await callback.answer()
    await _show(bot, message, shown, text)


@router.callback_query(ListenOn.filter(), F.message.as_("message"))
async def on_switch(
    callback: CallbackQuery,
    callback_data: ListenOn,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    subscriptions: Subscriptions,
) -> None:
    """Turn alarms on, here, or off."""
    shown = await subscriptions.switch(actor, _chat(message), on=callback_data.on)
    await callback.answer(text("subscription-saved"))
    await _show(bot, message, shown, text)


@router.callback_query(ListenFrom.filter(), F.message.as_("message"))
async def on_level(
    callback: CallbackQuery,
    callback_data: ListenFrom,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    subscriptions: Subscriptions,
) -> None:
    """Hear alarms that are at least so bad."""
    shown = await subscriptions.hear_from(actor, _chat(message), callback_data.at_least)
    await callback.answer(text("subscription-saved"))
    await _show(bot, message, shown, text)


@router.callback_query(ShowPlaces.filter(), F.message.as_("message"))
async def on_places(
    callback: CallbackQuery,
    callback_data: ShowPlaces,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    subscriptions: Subscriptions,
) -> None:
    """Offer the sites and machines that this person, or this group, may see."""
    shown = await subscriptions.look(actor, _chat(message))
    await callback.answer()
    await _pick(bot, message, shown, callback_data.page, text)


@router.callback_query(ListenTo.filter(), F.message.as_("message"))
async def on_place(
    callback: CallbackQuery,
    callback_data: ListenTo,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    subscriptions: Subscriptions,
) -> None:
    """Hear of a site or a machine, or no longer; or of all of them."""
    chat, system_id = _chat(message), callback_data.system_id
    if system_id:
        shown = await subscriptions.choose(
            actor, chat, system_id, whole_site=callback_data.whole_site, chosen=callback_data.on
        )
    else:
        shown = await subscriptions.hear_all(actor, chat)
    await callback.answer(text("subscription-saved"))
    await _pick(bot, message, shown, callback_data.page, text)


async def _show(bot: Bot, message: Message, shown: Subscription, text: Text) -> None:
    words, keys = views.card(shown, text), views.keyboard(shown, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


async def _pick(bot: Bot, message: Message, shown: Subscription, page: int, text: Text) -> None:
    words, keys = views.picker(shown, text), views.picker_keyboard(shown, page, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


def _chat(message: Message) -> Chat:
    topic = message.message_thread_id if message.is_topic_message else None
    return Chat(message.chat.id, topic if message.chat.type != ChatType.PRIVATE else None)
