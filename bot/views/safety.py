"""The checklist in front of steps that open a pressurised circuit."""

from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.answers import StillIsolated, TickPoint
from bot.formatting import escape
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from core.rag.isolation import STAYS_ISOLATED, Checklist
from core.rag.safety import Point


def checklist(checklist: Checklist, text: Text) -> str:
    """Say why there is a checklist, for which machine, and what to do, as Markdown."""
    lines = [f"**{escape(text('safety-heading'))}**"]
    if checklist.machine:
        lines.append(escape(measures.name(checklist.machine.names, text) or checklist.machine.code))
    lines.append(escape(text("safety-confirm")))
    if checklist.recent:
        lines.append(escape(text("safety-recent", span=measures.span(STAYS_ISOLATED, text))))
    return "\n\n".join(lines)


def keyboard(checklist: Checklist, text: Text) -> InlineKeyboardMarkup:
    """Return a button a point; each tap ticks it or takes the tick back."""
    lines = []
    if checklist.recent:
        lines.append([button(text("safety-button-still"), StillIsolated(query_id=checklist.query_id))])
    for point in Point:
        ticked = point in checklist.ticked
        tick = TickPoint(query_id=checklist.query_id, point=point, on=not ticked)
        lines.append([button(f"{'☑' if ticked else '☐'} {text(f'safety-{point}')}", tick)])
    return rows(*lines)


def confirmed(checklist: Checklist, zone: ZoneInfo, text: Text) -> str:
    """Return the line that stays in front of the steps."""
    if checklist.done_at is None:
        return ""
    return escape(text("safety-done", time=checklist.done_at.astimezone(zone).strftime("%H:%M")))
