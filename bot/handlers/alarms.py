"""The buttons under an alarm. What they change is edited into its message, in every chat that has it."""

from datetime import timedelta

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.callbacks.alarms import AcknowledgeAlarm, AcknowledgeStorm, ReportAlarm, SilenceAlarm
from bot.handlers.reports import show
from bot.i18n import Text
from bot.summaries import AnyMessage
from bot.views import alarms as views
from bot.views import measures
from core.diagnostics.alerts.cards import AlarmCards
from core.diagnostics.alerts.desk import AlarmDesk, UnknownAlarmError
from core.diagnostics.alerts.storms import Storms
from core.diagnostics.reports.service import ReportService
from core.users.rights import Actor, Right

router = Router(name="alarms")


@router.callback_query(AcknowledgeAlarm.filter())
async def on_acknowledge(
    callback: CallbackQuery, callback_data: AcknowledgeAlarm, actor: Actor, text: Text, alarm_desk: AlarmDesk
) -> None:
    """Take the alarms on."""
    taken = await alarm_desk.acknowledge(actor, callback_data.group_id)
    await callback.answer(text("alarms-taken" if taken else "alarms-taken-before"))


@router.callback_query(AcknowledgeStorm.filter(), F.message.as_("message"))
async def on_acknowledge_storm(
    callback: CallbackQuery, message: AnyMessage, actor: Actor, text: Text, alarm_desk: AlarmDesk, storms: Storms
) -> None:
    """Take on all that a storm's message tells of."""
    storm = await storms.standing(message.chat.id, message.message_id)
    taken = await alarm_desk.acknowledge_all(actor, [plight.group_id for plight in storm.plights])
    await callback.answer(text("alarms-taken" if taken else "alarms-taken-before"))


@router.callback_query(SilenceAlarm.filter())
async def on_silence(
    callback: CallbackQuery, callback_data: SilenceAlarm, actor: Actor, text: Text, alarm_desk: AlarmDesk
) -> None:
    """Keep the alarms quiet for some hours, or to the end of the shift."""
    hours = callback_data.hours
    length = None if hours == views.TO_SHIFT_END else timedelta(hours=hours)
    until = await alarm_desk.silence(actor, callback_data.group_id, length)
    await callback.answer(text("alarms-silenced-until", until=measures.moment(until, actor.zone, text)))


@router.callback_query(ReportAlarm.filter(), F.message.as_("message"))
async def on_report(
    callback: CallbackQuery,
    callback_data: ReportAlarm,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    alarm_cards: AlarmCards,
    reports: ReportService,
) -> None:
    """Open a diagnostic report from the alarms, or show the one that was opened before."""
    actor.require(Right.WORK_ON_REPORTS)
    if (card := await alarm_cards.card(callback_data.group_id)) is None:
        raise UnknownAlarmError
    report = await reports.open(actor, views.report(card, text))
    await callback.answer()
    await show(message, report, actor, text)
