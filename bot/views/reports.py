"""Reports as cards and lists."""

from collections.abc import Iterable, Sequence
from html import escape
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.machines import ShowSystems
from bot.callbacks.reports import AskReport, CancelWords, SendReport, ShowReport, ShowReports, WorkOnReport
from bot.i18n import Text
from bot.views import measures
from bot.views.answers import shorten
from bot.views.keyboards import button, rows
from bot.views.systems import MARKS
from core.diagnostics.models import DiagnosticReport, ReportStatus, Severity, System
from core.diagnostics.reports.evidence import Evidence, SensorFact, SourceFact
from core.diagnostics.reports.models import ReportEvent, Step
from core.diagnostics.reports.service import PAGE, Report, ReportList
from core.diagnostics.summary import State
from core.rag.answers import Passage
from core.users.rights import Actor, Right

SEVERITIES = {Severity.INFO: "ℹ️", Severity.WARNING: "⚠️", Severity.CRITICAL: "🔴"}
_WORDS, _NOTE, _EVENTS, _FACTS, _SOURCES = 1000, 200, 5, 6, 4
"""What a card shows of a report; the PDF shows all."""


def name(system: System, text: Text) -> str:
    """Return the machine's name."""
    return measures.name(system.names, text) or system.code


def title(report: Report, text: Text) -> str:
    """Name the report and its machine."""
    return text("report-title", number=str(report.row.id), name=name(report.system, text))


def listed(found: ReportList, text: Text) -> str:
    """Word a page of the list as HTML."""
    where = name(found.system, text) if found.system else ""
    if not found.total:
        return escape(text("report-none-of", name=where) if where else text("report-none"))
    heading = text("report-list", count=found.total) + (f" · {where}" if where else "")
    lines = [_entry(row, system, text, named=not where) for row, system in found.reports]
    return "\n\n".join([f"<b>{escape(heading)}</b>", *lines])


def _entry(row: DiagnosticReport, system: System, text: Text, *, named: bool) -> str:
    status = text(f"report-status-{row.status}")
    head = f"{_mark(row)} <b>№ {row.id}</b>{f' · {escape(name(system, text))}' if named else ''} · {escape(status)}"
    return f"{head}\n{escape(shorten(row.summary))}"


def _mark(row: DiagnosticReport) -> str:
    return "☑️" if row.status == ReportStatus.CLOSED else SEVERITIES[Severity(row.severity)]


def list_keyboard(found: ReportList, text: Text) -> InlineKeyboardMarkup:
    """A button for each report, the pages, and for one machine's list a new one."""
    opens = [button(f"№ {row.id}", ShowReport(report_id=row.id)) for row, _ in found.reports]
    system_id, pages = (found.system.id if found.system else 0), -(-found.total // PAGE)
    turn = []
    if pages > 1:
        if found.page > 0:
            turn.append(button("◀", ShowReports(system_id=system_id, page=found.page - 1)))
        turn.append(button(f"{found.page + 1}/{pages}", ShowReports(system_id=system_id, page=found.page)))
        if found.page < pages - 1:
            turn.append(button("▶", ShowReports(system_id=system_id, page=found.page + 1)))
    new = [button(text("report-button-new"), AskReport(system_id=system_id))] if system_id else []
    return rows(opens[:3], opens[3:], turn, new, [button(text("sensors-button-systems"), ShowSystems())])


def card(report: Report, text: Text, zone: ZoneInfo) -> str:
    """Word the report as HTML: what was found, on what evidence, and the latest of the work."""
    row = report.row
    mark = SEVERITIES[Severity(row.severity)]
    parts = [
        f"📋 <b>{escape(title(report, text))}</b>\n{mark} {escape(standing(report, text))}",
        escape(shorten(row.summary, _WORDS)),
        _facts(report.evidence, text, zone),
        _labelled("report-components", (measures.name(names, text) for names in report.components), text),
        _sources(report.evidence, text),
        _journal(report.events, text, zone),
    ]
    return "\n\n".join(part for part in parts if part)


def standing(report: Report, text: Text) -> str:
    """Say how bad it is, where the work stands and who has it, and how sure the finding is."""
    row = report.row
    takers = [event.author_name for event in report.events if event.step == Step.TAKEN]
    status = text(f"report-status-{row.status}")
    if row.status == ReportStatus.IN_WORK and takers:
        status = f"{status}: {takers[-1]}"
    words = [text(f"report-severity-{row.severity}"), status]
    if row.confidence is not None:
        words.append(text("report-confidence", percent=round(100 * row.confidence)))
    return " · ".join(words)


def fact(fact: SensorFact, text: Text) -> str:
    """Word a sensor's evidence: its value then, and over the period."""
    now = text("sensors-silent") if fact.value is None else measures.measure(fact.value, fact.unit, text)
    limit = None if fact.limit is None else measures.reading(fact.limit, fact.unit, text)
    parts = [now if limit is None else f"{now}, {text('sensors-limit', limit=limit)}"]
    if fact.state is State.STALE:
        parts[0] = text("sensors-last", value=parts[0])
    if fact.minimum is not None and fact.mean is not None and fact.maximum is not None:
        parts.append(measures.together(fact.minimum, fact.mean, fact.maximum, unit_code=fact.unit, text=text))
    slope = measures.number(measures.change(fact.per_day or 0.0, fact.unit, text), text, signed=True)
    if fact.per_day is not None and slope != "0":
        parts.append(text("report-trend", arrow="↗" if fact.per_day > 0 else "↘", slope=slope))
    if fact.outside > 0:
        parts.append(text("sensors-outside", share="<1" if fact.outside < 0.01 else f"{100 * fact.outside:.0f}"))
    if fact.usual is not None:
        parts.append(text("sensors-usually", value=measures.reading(fact.usual, fact.unit, text)))
    return " · ".join(parts)


def step(event: ReportEvent, text: Text, zone: ZoneInfo) -> str:
    """Word a step of the journal."""
    said = f": {event.words}" if event.words else ""
    return f"{measures.moment(event.at, zone, text)} {event.author_name} – {text(f'report-step-{event.step}')}{said}"


def keyboard(report: Report, actor: Actor, text: Text) -> InlineKeyboardMarkup:
    """What can be done next, by who may; the PDF and the list are everybody's."""
    number = report.row.id

    def work(step: Step) -> InlineKeyboardButton:
        return button(text(f"report-button-{step}"), WorkOnReport(report_id=number, step=step))

    lines = []
    if actor.may(Right.WORK_ON_REPORTS):
        lines = (
            [[work(Step.REOPENED)]] if report.closed else [[work(Step.TAKEN), work(Step.NOTED)], [work(Step.CLOSED)]]
        )
    pdf = button(text("report-button-pdf"), SendReport(report_id=number))
    return rows(*lines, [pdf, button(text("report-button-list"), ShowReports(system_id=report.system.id))])


def cancel_keyboard(text: Text) -> InlineKeyboardMarkup:
    """The way out of a prompt."""
    return rows([button(text("report-button-cancel"), CancelWords())])


def sources(passages: Iterable[Passage]) -> tuple[SourceFact, ...]:
    """Take down passages that were consulted."""
    return tuple(
        SourceFact(p.title, p.revision, p.section or (str(p.page) if p.page else ""), p.text) for p in passages
    )


def source(source: SourceFact, text: Text) -> str:
    """Name a source: its title, place and revision."""
    place = source.place if source.place.startswith(source.title) else f"{source.title} › {source.place}".strip(" ›")
    return f"{place} ({text('report-revision', number=source.revision)})"


def _facts(evidence: Evidence | None, text: Text, zone: ZoneInfo) -> str:
    if evidence is None:
        return ""
    lines = [f"<b>{escape(text('report-evidence'))}</b>, {escape(between(evidence, text, zone))}"]
    lines += [
        f"{MARKS[entry.state]} {escape(f'{measures.name(entry.names, text)}: {fact(entry, text)}')}"
        for entry in evidence.sensors[:_FACTS]
    ]
    if not evidence.sensors:
        lines.append(escape(text("report-evidence-none")))
    if len(evidence.sensors) > _FACTS:
        lines.append(f"… +{len(evidence.sensors) - _FACTS}")
    return "\n".join(lines)


def between(evidence: Evidence, text: Text, zone: ZoneInfo) -> str:
    """Write the stretch of time of the evidence."""
    begin, end = (measures.moment(moment, zone, text) for moment in (evidence.begin, evidence.end))
    return f"{begin} – {end} ({measures.zone_name(zone)})"


def _sources(evidence: Evidence | None, text: Text) -> str:
    if evidence is None or not evidence.sources:
        return ""
    return _labelled("report-sources", (shorten(source(s, text), 100) for s in evidence.sources[:_SOURCES]), text)


def _labelled(key: str, words: Iterable[str], text: Text) -> str:
    joined = "; ".join(words)
    return f"<b>{escape(text(key))}</b>: {escape(joined)}" if joined else ""


def _journal(events: Sequence[ReportEvent], text: Text, zone: ZoneInfo) -> str:
    lines = [escape(shorten(step(event, text, zone), _NOTE)) for event in events[-_EVENTS:]]
    return "\n".join([f"<b>{escape(text('report-journal'))}</b>", *lines])
