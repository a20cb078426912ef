"""/alerts and /silences."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.alarms import EndSilence, ShowAlarm, ShowAlarms
from bot.i18n import Text
from bot.sending import send_formatted
from bot.views import alarm_lists as views
from bot.views import alarms
from core.diagnostics.alerts.desk import UnknownAlarmError
from core.diagnostics.alerts.listing import AlarmLists
from core.users.rights import Actor

router = Router(name="alarm lists")


@router.message(Command("alerts"))
async def on_alerts(message: Message, bot: Bot, actor: Actor, text: Text, alarm_lists: AlarmLists) -> None:
    """Show what is wrong now."""
    shown = await alarm_lists.active(actor)
    words = views.page(shown, past=False, text=text, zone=actor.zone)
    await send_formatted(bot, message.chat.id, words, views.page_keyboard(shown, past=False, text=text))


@router.callback_query(ShowAlarms.filter(), F.message.as_("message"))
async def on_page(
    callback: CallbackQuery,
    callback_data: ShowAlarms,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    alarm_lists: AlarmLists,
) -> None:
    """Turn the page, or to the other list, in place."""
    await callback.answer()
    past = callback_data.past
    shown = await (alarm_lists.past if past else alarm_lists.active)(actor, callback_data.page)
    words, keys = (
        views.page(shown, past=past, text=text, zone=actor.zone),
        views.page_keyboard(shown, past=past, text=text),
    )
    await send_formatted(bot, message.chat.id, words, keys, replacing=message.message_id)


@router.callback_query(ShowAlarm.filter(), F.message.as_("message"))
async def on_alarm(
    callback: CallbackQuery,
    callback_data: ShowAlarm,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    alarm_lists: AlarmLists,
) -> None:
    """Show one machine's alarms with all that can be done."""
    if (card := await alarm_lists.card(actor, callback_data.group_id)) is None:
        raise UnknownAlarmError
    await callback.answer()
    await send_formatted(bot, message.chat.id, alarms.message(card, text, actor.zone), alarms.keyboard(card, text))


@router.message(Command("silences"))
async def on_silences(message: Message, bot: Bot, actor: Actor, text: Text, alarm_lists: AlarmLists) -> None:
    """Show what is kept quiet, by whom and until when."""
    await _show_silences(message, bot, actor, text, alarm_lists)


@router.callback_query(EndSilence.filter(), F.message.as_("message"))
async def on_end_silence(
    callback: CallbackQuery,
    callback_data: EndSilence,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    alarm_lists: AlarmLists,
) -> None:
    """End a silence, and show those that are left."""
    await alarm_lists.end_silence(actor, callback_data.silence_id)
    await callback.answer(text("alarms-unsilenced"))
    await _show_silences(message, bot, actor, text, alarm_lists, replacing=message.message_id)


async def _show_silences(
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    alarm_lists: AlarmLists,
    replacing: int | None = None,
) -> None:
    shown = await alarm_lists.silences(actor)
    words, keys = views.silences(shown, text, actor.zone), views.silences_keyboard(shown, text)
    await send_formatted(bot, message.chat.id, words, keys, replacing=replacing)
