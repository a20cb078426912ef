"""Reports in the chat: listed, opened, worked on and closed by buttons; what has to be said is typed after one."""

import asyncio
from typing import Any

from aiogram import F, Router
from aiogram.enums import ParseMode
from aiogram.filters import Command, CommandObject
from aiogram.fsm.context import FSMContext
from aiogram.types import BufferedInputFile, CallbackQuery, Message

from bot.callbacks.reports import AskReport, CancelWords, SendReport, ShowReport, ShowReports, WorkOnReport
from bot.filters import IS_TEXT
from bot.i18n import Text
from bot.states import ReportWords
from bot.summaries import AnyMessage
from bot.views import reports as views
from bot.views.report_pdf import render_report
from core.diagnostics.reports.models import Step
from core.diagnostics.reports.service import NewReport, Report, ReportService
from core.diagnostics.service import DiagnosticsService
from core.rag.sources import SourceService
from core.users.rights import Actor, Right

router = Router(name="reports")


@router.message(Command("reports"))
async def on_reports(
    message: Message, command: CommandObject, actor: Actor, text: Text, reports: ReportService
) -> None:
    """`/reports [machine]`."""
    found = await reports.list(actor, (command.args or "").strip() or None)
    await message.answer(
        views.listed(found, text), parse_mode=ParseMode.HTML, reply_markup=views.list_keyboard(found, text)
    )


@router.message(Command("report"))
async def on_report(
    message: Message,
    command: CommandObject,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
    state: FSMContext,
) -> None:
    """`/report machine`: ask what was found there."""
    actor.require(Right.WORK_ON_REPORTS)
    if not command.args:
        await message.answer(text("report-usage"))
        return
    machine = await diagnostics.machine(actor, command.args)
    await _ask_for(
        message, state, text("report-ask-finding", name=views.name(machine, text)), text, system_id=machine.id
    )


@router.callback_query(AskReport.filter(), F.message.as_("message"))
async def on_ask_report(
    callback: CallbackQuery,
    callback_data: AskReport,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    diagnostics: DiagnosticsService,
    state: FSMContext,
) -> None:
    """Ask what was found on the machine whose summary this is."""
    actor.require(Right.WORK_ON_REPORTS)
    machine = await diagnostics.machine(actor, callback_data.system_id)
    await callback.answer()
    await _ask_for(
        message, state, text("report-ask-finding", name=views.name(machine, text)), text, system_id=machine.id
    )


@router.callback_query(CancelWords.filter(), F.message.as_("message"))
async def on_cancel(callback: CallbackQuery, message: Message, text: Text, state: FSMContext) -> None:
    """Wait for no words any more."""
    await callback.answer()
    await state.clear()
    await message.edit_text(text("report-nothing-written"))


@router.message(ReportWords.waiting, IS_TEXT)
async def on_words(
    message: Message,
    actor: Actor,
    text: Text,
    reports: ReportService,
    sources: SourceService,
    diagnostics: DiagnosticsService,
    state: FSMContext,
) -> None:
    """Do with the words what they were asked for; words that can't be used are asked for again."""
    data, words = await state.get_data(), message.text or ""
    if "system_id" in data:
        machine = await diagnostics.machine(actor, data["system_id"])
        consulted = views.sources(await sources.consulted(actor, message.chat.id, machine.code))
        report = await reports.open(actor, NewReport(machine.id, words, sources=consulted))
    elif data["step"] == Step.CLOSED:
        report = await reports.close(actor, data["report_id"], words)
    else:
        report = await reports.note(actor, data["report_id"], words)
    await state.clear()
    await show(message, report, actor, text)


@router.callback_query(ShowReports.filter(), F.message.as_("message"))
async def on_page(
    callback: CallbackQuery,
    callback_data: ShowReports,
    message: Message,
    actor: Actor,
    text: Text,
    reports: ReportService,
) -> None:
    """Turn the page in place."""
    await callback.answer()
    found = await reports.list(actor, callback_data.system_id or None, page=callback_data.page)
    await message.edit_text(
        views.listed(found, text), parse_mode=ParseMode.HTML, reply_markup=views.list_keyboard(found, text)
    )


@router.callback_query(ShowReport.filter(), F.message.as_("message"))
async def on_show(
    callback: CallbackQuery,
    callback_data: ShowReport,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    reports: ReportService,
) -> None:
    """Show one report below the list."""
    report = await reports.get(actor, callback_data.report_id)
    await callback.answer()
    await show(message, report, actor, text)


@router.callback_query(WorkOnReport.filter(), F.message.as_("message"))
async def on_work(
    callback: CallbackQuery,
    callback_data: WorkOnReport,
    message: Message,
    actor: Actor,
    text: Text,
    reports: ReportService,
    state: FSMContext,
) -> None:
    """Take a step of the work at once, or ask for the words that it needs."""
    number, step = callback_data.report_id, callback_data.step
    if step in (Step.NOTED, Step.CLOSED):
        actor.require(Right.WORK_ON_REPORTS)
        await callback.answer()
        await _ask_for(message, state, text(f"report-ask-{step}", number=number), text, report_id=number, step=step)
        return
    report = await (reports.take if step is Step.TAKEN else reports.reopen)(actor, number)
    await callback.answer(text(f"report-step-{step}"))
    await message.edit_text(
        views.card(report, text, actor.zone),
        parse_mode=ParseMode.HTML,
        reply_markup=views.keyboard(report, actor, text),
    )


@router.callback_query(SendReport.filter(), F.message.as_("message"))
async def on_pdf(
    callback: CallbackQuery,
    callback_data: SendReport,
    message: AnyMessage,
    actor: Actor,
    text: Text,
    reports: ReportService,
    diagnostics: DiagnosticsService,
) -> None:
    """Send the report as a PDF."""
    report = await reports.get(actor, callback_data.report_id)
    await callback.answer(text("report-pdf-begun"))
    evidence, shown = report.evidence, None
    if evidence is not None:
        period = evidence.end - evidence.begin
        shown = await diagnostics.summary(actor, report.system.id, period, until=evidence.end)
    pdf = await asyncio.to_thread(render_report, report, shown, text, actor.zone)
    await message.answer_document(
        BufferedInputFile(pdf, f"report-{report.row.id}-{report.system.code}.pdf"),
        caption=views.title(report, text),
    )


async def _ask_for(message: AnyMessage, state: FSMContext, prompt: str, text: Text, **data: Any) -> None:
    await state.set_state(ReportWords.waiting)
    await state.set_data(data)
    await message.answer(prompt, reply_markup=views.cancel_keyboard(text))


async def show(message: AnyMessage, report: Report, actor: Actor, text: Text) -> None:
    """Show a report below `message`."""
    await message.answer(
        views.card(report, text, actor.zone),
        parse_mode=ParseMode.HTML,
        reply_markup=views.keyboard(report, actor, text),
    )
