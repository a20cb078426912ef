"""A handover in words: who, the note, how the shift was, what is left undone. Plain text, in one message."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.reports import ShowReport
from bot.callbacks.shifts import CancelHandover, HandOver, ShowHandover
from bot.i18n import Text
from bot.views import measures
from bot.views.answers import shorten
from bot.views.digests import opens, sections
from bot.views.keyboards import button, rows
from bot.views.reports import SEVERITIES
from core.diagnostics.handovers.facts import Facts, HandedOver, OpenReport

_NAME, _WORDS, _MOST = 40, 60, 3


def draft(prepared: HandedOver, text: Text, zone: ZoneInfo) -> str:
    """Word what would be handed over, and ask for a note."""
    facts = prepared.facts
    heading = text("handover-draft", since=measures.moment(facts.shift.begin, zone, text), count=facts.shift.machines)
    return "\n\n".join([heading, *_facts(facts, text, zone), text("handover-ask-note")])


def draft_keyboard(text: Text) -> InlineKeyboardMarkup:
    """Return the ways out: without a note, not at all, or first a look at what was handed over before."""
    return rows(
        [button(text("handover-button-bare"), HandOver())],
        [
            button(text("handover-button-last"), ShowHandover()),
            button(text("handover-button-cancel"), CancelHandover()),
        ],
    )


def message(given: HandedOver, text: Text, zone: ZoneInfo) -> str:
    """Word a handover for those who come."""
    at = measures.moment(given.at, zone, text)
    parts = [text("handover-heading", name=shorten(given.author, _NAME), at=at)]
    parts.append(f"💬 {given.note}" if given.note else text("handover-no-note"))
    return "\n\n".join([*parts, *_facts(given.facts, text, zone)])


def keyboard(given: HandedOver, text: Text) -> InlineKeyboardMarkup:
    """Return a button for each machine with an alarm and for each report, and those that turn to others."""
    reports = [button(f"📋 № {one.id}", ShowReport(report_id=one.id)) for one in given.facts.reports.shown]
    turns = []
    if given.older:
        turns.append(button(text("handover-button-older"), ShowHandover(number=given.number + 1)))
    if given.number:
        turns.append(button(text("handover-button-newer"), ShowHandover(number=given.number - 1)))
    return rows(*opens(given.facts.shift, text), reports, turns)


def _facts(facts: Facts, text: Text, zone: ZoneInfo) -> Iterator[str]:
    told = list(sections(facts.shift, text, zone, most=_MOST))
    yield from told or [text("handover-quiet")]
    if facts.reports.total:
        lines = [text("handover-reports", count=facts.reports.total)]
        lines += [_report(one, text) for one in facts.reports.shown]
        if (more := facts.reports.total - len(facts.reports.shown)) > 0:
            lines.append(text("digest-more", count=more))
        yield "\n".join(lines)


def _report(one: OpenReport, text: Text) -> str:
    machine = shorten(measures.name(one.machine, text), _NAME)
    status = text(f"report-status-{one.status}")
    return f"{SEVERITIES[one.severity]} № {one.id} · {machine} · {status}: {shorten(one.words, _WORDS)}"
