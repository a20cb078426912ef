"""What a machine's alarm would cause, in words."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.chains import PickRehearsal, Rehearse
from bot.formatting import Formatted, escape, fitted
from bot.i18n import Text
from bot.views import measures
from bot.views.alarms import MARKS
from bot.views.chains import called
from bot.views.keyboards import button, rows
from bot.views.subscriptions import PAGE, page_buttons
from core.diagnostics.alerts.rehearsal import ExpectedCall, Rehearsal
from core.diagnostics.models import Severity, System

_MOST_NAMES = 10
_OTHER = {Severity.CRITICAL: Severity.WARNING, Severity.WARNING: Severity.CRITICAL, Severity.INFO: Severity.WARNING}


def rehearsal(walked: Rehearsal, text: Text, zone: ZoneInfo) -> Formatted:
    """Say who would be told, and whom the chain would call when."""
    machine = measures.name(walked.system.names, text)
    heading = text(f"rehearsal-{walked.severity}", machine=machine)
    lines = [text("rehearsal-at-once", names=_names([*walked.at_once, *_groups(walked, text)], text))]
    if walked.later:
        lines.append(text("rehearsal-later", names=_names(walked.later, text)))
    told = "  \n".join(map(escape, lines))
    return fitted("\n\n".join([f"**{MARKS[walked.severity]} {escape(heading)}**", told, _chain(walked, text, zone)]))


def rehearsal_keyboard(walked: Rehearsal, several: bool, text: Text) -> InlineKeyboardMarkup:
    """Return the way to the other severity, and to another machine where there are `several`."""
    other = _OTHER[walked.severity]
    label = f"{MARKS[other]} {text(f'rehearsal-button-{other}')}"
    machines = [button(text("rehearsal-button-machine"), PickRehearsal(page=0))] if several else []
    return rows([button(label, Rehearse(system_id=walked.system.id, severity=other))], machines)


def pick(text: Text) -> Formatted:
    """Ask which machine's alarm."""
    return fitted(escape(text("rehearsal-pick")))


def pick_keyboard(machines: Sequence[System], page: int, text: Text) -> InlineKeyboardMarkup:
    """Return a page of machines."""
    page = min(max(page, 0), max(len(machines) - 1, 0) // PAGE)
    lines = [
        [button(measures.name(one.names, text), Rehearse(system_id=one.id, severity=Severity.CRITICAL))]
        for one in machines[page * PAGE : (page + 1) * PAGE]
    ]
    return rows(*lines, page_buttons(page, len(machines), lambda to: PickRehearsal(page=to)))


def _chain(walked: Rehearsal, text: Text, zone: ZoneInfo) -> str:
    if walked.chain is None:
        return escape(text("rehearsal-no-chain"))
    title = text("chain-default") if walked.is_default else text("chain-title", number=walked.chain)
    lines = [text("rehearsal-chain", chain=title), *(_call(call, text, zone) for call in walked.calls)]
    if not walked.calls:
        lines.append(text("chain-calls-nobody"))
    return "  \n".join(map(escape, lines))


def _call(call: ExpectedCall, text: Text, zone: ZoneInfo) -> str:
    at = measures.moment(call.at, zone, text)
    if call.whom.isdigit():
        return text("rehearsal-call-person", at=at, names=_names(call.names, text))
    return text("rehearsal-call", at=at, whom=called(call.whom, {}, text), names=_names(call.names, text))


def _groups(walked: Rehearsal, text: Text) -> list[str]:
    return [text("rehearsal-groups", count=walked.groups)] if walked.groups else []


def _names(names: Sequence[str], text: Text) -> str:
    shown = list(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown.append(text("subscription-more", count=len(names) - _MOST_NAMES))
    return ", ".join(shown) or text("rehearsal-nobody")
