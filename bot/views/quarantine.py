"""The quarantine: groups of readings that could not be trusted, one of them, and what became of it."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.readings import AskDiscard, Discard, Replay, ShowQuarantine
from bot.formatting import escape
from bot.i18n import Text
from bot.views.keyboards import button, rows
from core.diagnostics.ingest.blocks import Reason
from core.diagnostics.ingest.quarantine import Group, Replayed
from core.text import visible

_NAME = 40
_EXAMPLE = 200
_MAPPABLE = {Reason.UNKNOWN_SENSOR: "quarantine-how-sensor", Reason.UNKNOWN_UNIT: "quarantine-how-unit"}
_A_ROW = 4


def listed(groups: Sequence[Group], text: Text) -> str:
    """Show the groups, as Markdown."""
    if not groups:
        return escape(text("quarantine-empty"))
    lines = [f"**{escape(text('quarantine-heading'))}**"]
    lines += [escape(f"{number}. {_line(group, text)}") for number, group in enumerate(groups, 1)]
    return "\n\n".join(lines)


def listed_keyboard(groups: Sequence[Group], text: Text) -> InlineKeyboardMarkup | None:
    """Return a button for each group, and one to try all again."""
    if not groups:
        return None
    keys = [button(str(number), ShowQuarantine(number=group.number)) for number, group in enumerate(groups, 1)]
    lines = [keys[begin : begin + _A_ROW] for begin in range(0, len(keys), _A_ROW)]
    return rows(*lines, [button(text("quarantine-button-replay-all"), Replay(number=0))])


def group(found: Group, zone: ZoneInfo, text: Text) -> str:
    """Show one group with an example and what can be done, as Markdown."""
    first, last = (f"{moment.astimezone(zone):%d.%m.%Y %H:%M}" for moment in (found.first, found.last))
    lines = [
        f"**{escape(_line(found, text))}**",
        escape(text("quarantine-when", first=first, last=last, source=clean(found.source, _NAME))),
        escape(text("quarantine-example", example=clean(found.example.decode(errors="replace"), _EXAMPLE))),
    ]
    if found.reason in _MAPPABLE:
        lines.append(escape(text(_MAPPABLE[found.reason], number=str(found.number))))
    return "\n\n".join(lines)


def group_keyboard(found: Group, text: Text) -> InlineKeyboardMarkup:
    """Return what can be done with a group."""
    again = [button(text("quarantine-button-replay"), Replay(number=found.number))] if found.sensor is not None else []
    return rows(
        again,
        [button(text("quarantine-button-discard"), AskDiscard(number=found.number))],
        [button(text("quarantine-button-back"), ShowQuarantine(number=0))],
    )


def discarding(found: Group, text: Text) -> str:
    """Ask whether a group is to be deleted, as Markdown."""
    return escape(text("quarantine-discard-really", what=_line(found, text)))


def discarding_keyboard(found: Group, text: Text) -> InlineKeyboardMarkup:
    """Return yes and no. Yes names the count that was seen: if more came since, it is asked again."""
    return rows(
        [button(text("quarantine-button-discard-yes"), Discard(number=found.number, count=found.count))],
        [button(text("quarantine-button-back"), ShowQuarantine(number=found.number))],
    )


def replayed(result: Replayed, text: Text) -> str:
    """Tell how a replay went."""
    return text("quarantine-replayed", accepted=result.accepted, left=result.left)


def _line(found: Group, text: Text) -> str:
    name = ", ".join(clean(part, _NAME) for part in (found.sensor, found.unit) if part)
    reason = text(f"quarantine-reason-{found.reason.replace('_', '-')}")
    return text("quarantine-line", reason=reason, name=name or "-", count=found.count)


def clean(words: str, length: int) -> str:
    """Return what anybody may have sent, fit to be seen."""
    seen = "".join(c if c.isprintable() else " " for c in visible(words))
    return seen if len(seen) <= length else seen[: length - 1] + "…"
