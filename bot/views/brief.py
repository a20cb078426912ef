"""The beginning of an answer, for a poor connection: what to check and why to doubt it first, no list of sources."""

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.answers import OpenAnswer
from bot.formatting import escape
from bot.i18n import Text
from bot.views.answers import answer_keyboard, aside, refusal
from bot.views.cases import block
from bot.views.evidence import disagreements
from bot.views.keyboards import button, rows
from core.rag.answers import Answer


def answer(answer: Answer, text: Text, note: str = "") -> str:
    """Word `answer` with what must not be cut off in front."""
    if answer.refusal is not None and not answer.refusal.partial:
        return "\n\n".join(filter(None, [block(answer.cases, text), refusal(answer.refusal, text)]))
    if answer.refusal:
        note = text("answers-partial")
    unverified = text("answers-unverified", values=", ".join(answer.unverified)) if answer.unverified else ""
    warnings = map(escape, disagreements(answer.sensors, text))
    return "\n\n".join(
        part for part in (aside(note), *warnings, escape(unverified), answer.text, block(answer.cases, text)) if part
    )


def keyboard(answer: Answer, text: Text) -> InlineKeyboardMarkup | None:
    """Put the whole answer above the usual buttons."""
    usual = answer_keyboard(answer, text)
    if answer.query_id is None or answer.refused:
        return usual
    whole = [button(text("signal-button-answer"), OpenAnswer(query_id=answer.query_id))]
    return rows(whole, *(usual.inline_keyboard if usual else []))
