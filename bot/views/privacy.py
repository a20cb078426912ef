"""What is kept about a person, in numbers: what goes, what stays without them, and why."""

from collections.abc import Mapping

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.profile import ConfirmForgetting, KeepMe
from bot.i18n import Text
from bot.views.keyboards import button, rows
from core.privacy.forgetting import Farewell

_SHOWN = {
    "questions": ("questions",),
    "subscriptions": ("subscriptions", "digests"),
    "messages": ("messages", "alarm_messages"),
    "documents": ("documents",),
    "reports": ("reports", "report_steps", "handovers", "repairs"),
    "alarms": ("alarm_steps", "silences"),
    "oncall": ("rotas", "escalation_chains"),
    "audit": ("audit", "operations", "operations_policies", "operations_holds", "invitations"),
}
"""What readers are told of, and the sections that count as it."""


def plan(farewell: Farewell, text: Text) -> str:
    """Say what would be deleted, what would stay and why, and that there is no way back."""
    parts = [text("privacy-plan"), _lines("privacy-deleted", farewell.deleted, text, always=("privacy-profile",))]
    if kept := _lines("privacy-stays", farewell.kept, text):
        parts += [kept, text("privacy-why")]
    return "\n\n".join([*parts, text("privacy-no-way-back")])


def plan_keyboard(told_at: int, text: Text) -> InlineKeyboardMarkup:
    """Offer to do it, and not to."""
    return rows(
        [button(text("privacy-button-forget"), ConfirmForgetting(told_at=told_at))],
        [button(text("privacy-button-keep"), KeepMe())],
    )


def done(farewell: Farewell, text: Text) -> str:
    """Say that it is done."""
    return text("privacy-done", count=sum(farewell.deleted.values()))


def _lines(title: str, counts: Mapping[str, int], text: Text, always: tuple[str, ...] = ()) -> str:
    lines = [f"– {text(key)}" for key in always]
    for name, sections in _SHOWN.items():
        if count := sum(counts.get(section, 0) for section in sections):
            lines.append(f"– {text(f'privacy-{name}', count=count)}")
    return "\n".join([text(title), *lines]) if lines else ""
