"""The audit log as a message: a line per entry."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.people import ShowAudit
from bot.i18n import Text
from bot.views.keyboards import button, rows
from core.users.models import AuditEntry

PAGE = 10
_LONGEST_DETAILS = 160


def page(entries: Sequence[AuditEntry], number: int, zone: ZoneInfo, text: Text) -> str:
    """Word one page; `entries` may hold one more than fits, which tells that another page follows."""
    if not entries:
        return text("audit-empty")
    return "\n\n".join([text("audit-title", page=number + 1), *(_line(entry, zone) for entry in entries[:PAGE])])


def keyboard(entries: Sequence[AuditEntry], number: int, about: int) -> InlineKeyboardMarkup:
    """Offer the pages before and after; `about` 0: everybody."""
    arrows = []
    if number > 0:
        arrows.append(button("‹", ShowAudit(page=number - 1, about_id=about)))
    if len(entries) > PAGE:
        arrows.append(button("›", ShowAudit(page=number + 1, about_id=about)))
    return rows(arrows)


def _line(entry: AuditEntry, zone: ZoneInfo) -> str:
    when = entry.at.astimezone(zone).strftime("%d.%m.%Y %H:%M")
    who = "system" if entry.actor_id is None else _person(entry.actor_id)
    target = f" → {entry.target}" if entry.target else ""
    details = ", ".join(f"{name}: {value}" for name, value in entry.details.items() if name != "hash")
    outcome = "" if entry.outcome == "ok" else f" ({entry.outcome})"
    return f"{when} · {who}\n{entry.action}{target}{outcome}" + (f"\n{details[:_LONGEST_DETAILS]}" if details else "")


def _person(actor_id: int) -> str:
    """Return the id; those who are forgotten have a number of ours instead."""
    return str(actor_id) if actor_id > 0 else f"user-{-actor_id}"
