"""Asking what was behind an alarm, and having it reviewed. Plain text; one choice to a row, for gloves."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.repairs import SKIP, AnswerRepair, CancelRepair, DecideCase, ShowCase, TellRepair, WithdrawCase
from bot.i18n import Text
from bot.views import cases, measures
from bot.views.answers import shorten
from bot.views.keyboards import button, rows
from core.diagnostics.repairs.facts import Case, Trouble
from core.diagnostics.repairs.models import CaseState
from core.diagnostics.repairs.service import Question, Told
from core.users.rights import Actor, Right

WORK = (15, 30, 60, 120, 240)
"""Minutes to choose from."""
_LABEL, _CHOICES = 40, 5


def trouble(one: Trouble, text: Text) -> str:
    """Name the machine and how its trouble showed."""
    return f"{measures.name(one.machine, text)} · {cases.signs(one.kind, one.sensor, one.above, text)}"


def listed(troubles: Sequence[Trouble], waiting: Sequence[Case], text: Text) -> str:
    """Word what `/fixed` offers."""
    parts = [text("repair-list") if troubles else text("repair-list-none")]
    if waiting:
        parts.append(text("repair-waiting", count=len(waiting)))
    return "\n\n".join(parts)


def list_keyboard(
    troubles: Sequence[Trouble], waiting: Sequence[Case], text: Text, zone: ZoneInfo
) -> InlineKeyboardMarkup | None:
    """A button for each alarm that nobody told of, and for each case that waits for the reader's review."""
    tell = [[button(_dated(one, text, zone), TellRepair(group_id=one.group_id))] for one in troubles]
    review = [
        [button(shorten(f"⏳ № {one.id} · {cases.label(one)}", _LABEL), ShowCase(case_id=one.id))] for one in waiting
    ]
    return rows(*tell, *review) if tell or review else None


def _dated(one: Trouble, text: Text, zone: ZoneInfo) -> str:
    return shorten(f"{measures.moment(one.over, zone, text)} · {trouble(one, text)}", 60)


def asked(trouble: Trouble, text: Text) -> str:
    """Ask whoever took an alarm on what it was, now that it is over."""
    machine = measures.name(trouble.machine, text)
    return text("repair-asked", machine=machine, signs=cases.signs(trouble.kind, trouble.sensor, trouble.above, text))


def asked_keyboard(trouble: Trouble, text: Text) -> InlineKeyboardMarkup:
    """The way to tell it."""
    return rows([button(text("repair-button-tell"), TellRepair(group_id=trouble.group_id))])


def choices(step: str, question: Question, text: Text) -> list[str]:
    """Return what can be picked at a step, as it will be written down; minutes as numbers."""
    if step == "minutes":
        return [str(minutes) for minutes in WORK]
    if step == "cause":
        return list(question.known.causes[:_CHOICES])
    names = (measures.name(names, text) for names in question.components)
    return list(dict.fromkeys([*question.known.parts[:_CHOICES], *names]))[:_CHOICES]


def prompt(step: str, trouble_words: str, told: Told, text: Text) -> str:
    """Ask for a step, under what was said so far."""
    said = "\n".join([f"🔧 {trouble_words}", *cases.told(told.cause, told.part, None, text)])
    return f"{said}\n\n{text(f'repair-ask-{step}')}"


def prompt_keyboard(step: str, offered: Sequence[str], mark: str, text: Text) -> InlineKeyboardMarkup:
    """The choices, and the ways to skip the step and to leave."""

    def choice(number: int, words: str) -> InlineKeyboardButton:
        return button(words, AnswerRepair(mark=mark, choice=number))

    if step == "minutes":
        keys = [choice(n, cases.duration(int(words), text)) for n, words in enumerate(offered)]
        lines = [keys[:3], keys[3:]]
    else:
        lines = [[choice(n, shorten(words, _LABEL))] for n, words in enumerate(offered)]
    leave = button(text("repair-button-cancel"), CancelRepair(mark=mark))
    return rows(*lines, [choice(SKIP, text("repair-button-skip")), leave])


def card_keyboard(case: Case, text: Text) -> InlineKeyboardMarkup | None:
    """What a reviewer can do with a case that waits; it says so itself to who may not."""
    if case.state is not CaseState.PROPOSED:
        return None
    return rows(
        [button(text("repair-button-approve"), DecideCase(case_id=case.id, approve=True))],
        [button(text("repair-button-reject"), DecideCase(case_id=case.id, approve=False))],
    )


def keyboard_for(case: Case, actor: Actor, text: Text, *, asked: bool = False) -> InlineKeyboardMarkup | None:
    """Return the reviewer's buttons to who may review; `asked`: whether an approved case is to be withdrawn."""
    if not actor.may(Right.REVIEW_REPAIRS):
        return None
    if case.state is not CaseState.APPROVED:
        return card_keyboard(case, text)
    label = text("repair-button-withdraw-sure" if asked else "repair-button-withdraw")
    keep = [button(text("repair-button-keep"), ShowCase(case_id=case.id))] if asked else []
    return rows([button(label, WithdrawCase(case_id=case.id, sure=asked))], keep)


def proposed(case: Case, text: Text) -> str:
    """Ask a reviewer."""
    return f"{text('repair-review')}\n\n{cases.card(case, text)}"


def decided(case: Case, text: Text) -> str:
    """Say in a line what was decided, and by whom."""
    return text(f"repair-decided-{case.state}", name=shorten(case.by or "", 60), number=str(case.id))


def reviewed(case: Case, text: Text) -> str:
    """Tell the author."""
    return f"{decided(case, text)}\n\n{cases.card(case, text)}"
