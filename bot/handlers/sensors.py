"""Machines and their sensors: /systems, /summary and the buttons under both."""

import asyncio
from datetime import timedelta

from aiogram import F, Router
from aiogram.enums import ParseMode
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, CallbackQuery, InaccessibleMessage, InputMediaPhoto, Message

from bot.callbacks import ShowChart, ShowSummary, ShowSystems, TalkAbout
from bot.i18n import Text
from bot.views import measures
from bot.views.charts import render_summary
from bot.views.summary import brief_keyboard, brief_summary, summary_keyboard, summary_texts
from bot.views.systems import systems_keyboard, systems_text
from core.diagnostics.periods import DAY, split_request
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import SystemSummary
from core.rag.conversations import Conversations
from core.users.rights import Actor

router = Router(name="sensors")
AnyMessage = Message | InaccessibleMessage
"""Buttons outlive the bot's access to their messages: those can be answered, but not edited."""


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
    machine, period = split_request(command.args or "")
    if machine:
        await _send(message, await diagnostics.summary(actor, machine, period or DAY), actor, text)
        return
    keyboard = systems_keyboard(await diagnostics.systems(actor), text, period or DAY)
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
    period = timedelta(minutes=callback_data.minutes)
    summary = await diagnostics.summary(actor, callback_data.system_id, period)
    if isinstance(message, Message) and message.photo:
        await _replace(message, summary, actor, text)
    else:
        await _send(message, summary, actor, text)


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
    period = timedelta(minutes=callback_data.minutes)
    summary = await diagnostics.summary(actor, callback_data.system_id, period)
    await _send_picture(message, summary, actor, text)


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


async def _send(message: AnyMessage, summary: SystemSummary, actor: Actor, text: Text) -> None:
    if actor.poor_signal:
        words, keyboard = brief_summary(summary, text, actor.zone), brief_keyboard(summary, text)
        await message.answer(words, parse_mode=ParseMode.HTML, reply_markup=keyboard)
    else:
        await _send_picture(message, summary, actor, text)


async def _send_picture(message: AnyMessage, summary: SystemSummary, actor: Actor, text: Text) -> None:
    caption, *more = summary_texts(summary, text, actor.zone)
    keyboard = summary_keyboard(summary, text)
    picture = await _picture(summary, actor, text)
    await message.answer_photo(picture, caption=caption, parse_mode=ParseMode.HTML, reply_markup=keyboard)
    for tail in more:
        await message.answer(tail, parse_mode=ParseMode.HTML)


async def _replace(message: Message, summary: SystemSummary, actor: Actor, text: Text) -> None:
    caption, *more = summary_texts(summary, text, actor.zone)
    photo = InputMediaPhoto(media=await _picture(summary, actor, text), caption=caption, parse_mode=ParseMode.HTML)
    await message.edit_media(photo, reply_markup=summary_keyboard(summary, text))
    for tail in more:
        await message.answer(tail, parse_mode=ParseMode.HTML)


async def _picture(summary: SystemSummary, actor: Actor, text: Text) -> BufferedInputFile:
    png = await asyncio.to_thread(render_summary, summary, text, actor.zone)
    return BufferedInputFile(png, f"{summary.status.system.code}.png")
