"""The audit log as a message: who did what to what, in the reader's words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.people import ShowAudit
from bot.i18n import Text
from bot.views.keyboards import button, rows
from core.users.models import AuditEntry, Role

PAGE = 10
_LONGEST_DETAILS = 160
_UNTOLD = frozenset({"hash"})
_ABOUT_ITSELF = frozenset({"index.build"})
"""Actions whose target is a number of ours that tells nobody anything."""


def people_of(entries: Sequence[AuditEntry]) -> set[int]:
    """Return the ids of whom the entries name."""
    actors = {entry.actor_id for entry in entries if entry.actor_id is not None}
    return actors | {user for entry in entries if (user := _user(entry)) is not None}


def page(entries: Sequence[AuditEntry], number: int, zone: ZoneInfo, names: Mapping[int, str], text: Text) -> str:
    """Word one page; `entries` may hold one more than fits, which tells that another page follows."""
    if not entries:
        return text("audit-empty")
    lines = (_entry(entry, zone, names, text) for entry in entries[:PAGE])
    return "\n\n".join([text("audit-title", page=number + 1), *lines])


def keyboard(entries: Sequence[AuditEntry], number: int, about: int) -> InlineKeyboardMarkup:
    """Offer the pages before and after; `about` 0: everybody."""
    arrows = []
    if number > 0:
        arrows.append(button("‹", ShowAudit(page=number - 1, about_id=about)))
    if len(entries) > PAGE:
        arrows.append(button("›", ShowAudit(page=number + 1, about_id=about)))
    return rows(arrows)


def _entry(entry: AuditEntry, zone: ZoneInfo, names: Mapping[int, str], text: Text) -> str:
    when = entry.at.astimezone(zone).strftime("%d.%m.%Y %H:%M")
    who = text("audit-system") if entry.actor_id is None else _person(entry.actor_id, names)
    user = _user(entry)
    target = (None if entry.action in _ABOUT_ITSELF else entry.target) if user is None else _person(user, names)
    done = text("audit-action", action=entry.action.replace(".", "-"))
    outcome = "" if entry.outcome == "ok" else f" ({entry.outcome})"
    what = f"{done}: {target}{outcome}" if target else f"{done}{outcome}"
    return "\n".join(filter(None, [f"{when} · {who}", what, _details(entry.details, zone, text)]))


def _details(details: Mapping[str, object], zone: ZoneInfo, text: Text) -> str:
    told = {name: _value(value, zone, text) for name, value in details.items() if name not in _UNTOLD}
    parts = []
    if {"from", "to"} <= told.keys():
        parts.append(f"{told.pop('from')} → {told.pop('to')}")
    parts += [f"{name}: {value}" for name, value in told.items()]
    return ", ".join(parts)[:_LONGEST_DETAILS]


def _value(value: object, zone: ZoneInfo, text: Text) -> str:
    words = str(value)
    if words in set(Role):
        return text(f"admin-role-{words}")
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        return words
    return words if moment.tzinfo is None else moment.astimezone(zone).strftime("%d.%m.%Y %H:%M")


def _user(entry: AuditEntry) -> int | None:
    """Return whom an entry is about, where it is about a person."""
    target = entry.target or ""
    return int(target) if entry.action.startswith("user.") and target.lstrip("-").isdecimal() else None


def _person(user: int, names: Mapping[int, str]) -> str:
    """Name somebody; those who are forgotten have a number of ours instead."""
    return f"user-{-user}" if user < 0 else names.get(user, str(user))
