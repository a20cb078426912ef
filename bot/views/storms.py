"""A storm in words: how many machines of a site, how bad, and the worst of them."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.alarms import AcknowledgeStorm
from bot.formatting import Formatted, escape, render
from bot.i18n import Text
from bot.views import measures
from bot.views.alarms import MARKS, OVER, condition, worst_mark
from bot.views.answers import shorten
from bot.views.keyboards import button, rows
from core.diagnostics.alerts.cards import Card
from core.diagnostics.alerts.states import rank
from core.diagnostics.alerts.storms import Plight
from core.diagnostics.models import Severity

MOST_LINES = 8
"""Machines written out, the worst first; the others are counted, and /alerts has them."""
_LONGEST_LINE = 240


def message(seen: Sequence[Plight], worst: Sequence[Card], text: Text, zone: ZoneInfo) -> Formatted:
    """Word a site's storm; `worst`: the first of `seen`."""
    active = [plight for plight in seen if plight.active]
    counts = {
        "critical": sum(plight.severity is Severity.CRITICAL for plight in active),
        "taken": sum(plight.taken for plight in active),
        "over": len(seen) - len(active) if active else 0,
    }
    since = text("alarms-since", since=measures.moment(min(plight.since for plight in seen), zone, text))
    told = ", ".join([since, *(text(f"storm-{name}", count=count) for name, count in counts.items() if count)])
    heading = f"{_mark(seen)} **{escape(_heading(seen, text))}**"
    lines = [escape(_line(card, text)) for card in worst]
    more = [escape(text("storm-more", count=len(seen) - len(worst)))] if len(seen) > len(worst) else []
    parts = [f"{heading}  \n{escape(told)}", "  \n".join(lines), *more]
    return render("\n\n".join(part for part in parts if part))


def ping(seen: Sequence[Plight], text: Text) -> str:
    """Word the short reply that makes the sound."""
    return f"{_mark(seen)} {_heading(seen, text)}"


def keyboard(seen: Sequence[Plight], text: Text) -> InlineKeyboardMarkup | None:
    """Return the button that takes all of it on, while there is something to take."""
    if not any(plight.active and not plight.taken for plight in seen):
        return None
    return rows([button(text("storm-button-acknowledge"), AcknowledgeStorm())])


def _heading(seen: Sequence[Plight], text: Text) -> str:
    count = sum(plight.active > 0 for plight in seen)
    key = "storm-heading" if count else "storm-heading-over"
    return text(key, site=seen[0].site or "–", count=count or len(seen))


def _mark(seen: Sequence[Plight]) -> str:
    worst = max((plight.severity for plight in seen if plight.severity), key=rank, default=None)
    return OVER if worst is None else MARKS[worst]


def _line(card: Card, text: Text) -> str:
    alarm = max(card.active or card.alarms, key=lambda alarm: rank(alarm.severity), default=None)
    words = f" · {condition(alarm, text)}" if alarm is not None else ""
    return shorten(f"{worst_mark(card)} {measures.name(card.system.names, text)}{words}", _LONGEST_LINE)
