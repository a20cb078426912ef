"""Machines and their sensors: /systems, /summary and the buttons under both."""

from aiogram import F, Router
from aiogram.enums import ParseMode
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.machines import ShowChart, ShowSummary, ShowSystems, TalkAbout
from bot.i18n import Text
from bot.summaries import AnyMessage, replace_summary, send_picture, send_summary
from bot.views import measures
from bot.views.systems import systems_keyboard, systems_text
from core.diagnostics.periods import DAY
from core.diagnostics.service import DiagnosticsService
from core.rag.conversations import Conversations
from core.users.rights import Actor

router = Router(name="sensors")


@router.message(Command("systems"))
async def on_systems(message: AnyMessage, actor: Actor, text: Text, diagnostics: DiagnosticsService) -> None:
    """List the machines."""
    systems = await diagnostics.systems(actor)
    keyboard = systems_keyboard(systems, text)
    await message.answer(systems_text(systems, text), parse_mode=ParseMode.HTML, reply_markup=keyboard)


@router.message(Command("summary"))
async def on_summary(
    message: Message, command: CommandObject, actor: Actor, text: Text, diagnostics: DiagnosticsService
) -> None:
    """Show the machine that is named, over the period that is named; ask which where none is."""
    window, machine = diagnostics.window(actor, command.args or "")
    period, until = (window.length, window.end) if window else (DAY, None)
    if machine:
        summary = await diagnostics.summary(actor, machine, period, until=until)
        await send_summary(message, summary, actor, text)
        return
    keyboard = systems_keyboard(await diagnostics.systems(actor), text, period)
    await message.answer(text("sensors-choose"), reply_markup=keyboard)


@router.callback_query(ShowSystems.filter(), F.message.as_("message"))
async def on_show_systems(
    callback: CallbackQuery, message: AnyMessage, actor: Actor, text: Text, diagnostics: DiagnosticsService
) -> None:
    """List the machines below the summary."""
    await callback.answer()
    await on_systems(message, actor, text, diagnostics)


@router.callback_query(ShowSummary.filter(), F.message.as_("message"))
async def on_show_summary(
    callback: CallbackQuery,
    callback_data: ShowSummary,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
) -> None:
    """Show another machine or period: in place where there is a picture already."""
    await callback.answer()
    period, end = callback_data.period, callback_data.end
    summary = await diagnostics.summary(actor, callback_data.system_id, period, until=end)
    await replace_summary(message, summary.only(callback_data.chosen), actor, text)


@router.callback_query(ShowChart.filter(), F.message.as_("message"))
async def on_show_chart(
    callback: CallbackQuery,
    callback_data: ShowChart,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
) -> None:
    """Show the picture to somebody with a poor signal, who asked for it."""
    await callback.answer()
    period, end = callback_data.period, callback_data.end
    summary = await diagnostics.summary(actor, callback_data.system_id, period, until=end)
    await send_picture(message, summary.only(callback_data.chosen), actor, text)


@router.callback_query(TalkAbout.filter(), F.message.as_("message"))
async def on_talk(
    callback: CallbackQuery,
    callback_data: TalkAbout,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    conversations: Conversations,
) -> None:
    """Make this the machine that questions are about."""
    machine = await conversations.choose(actor, message.chat.id, callback_data.system_id)
    await callback.answer()
    await message.answer(text("sensors-talk", name=measures.name(machine.names, text)))
