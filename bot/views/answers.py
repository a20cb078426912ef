"""Answers, refusals, sources: domain objects to Markdown and keyboards."""

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.answers import OpenSource
from bot.callbacks.documents import WantDocument
from bot.callbacks.repairs import ShowCase
from bot.formatting import escape
from bot.i18n import Text
from bot.views.cases import block
from bot.views.evidence import card, disagreements
from bot.views.keyboards import button, rows
from bot.views.rating import thumbs
from bot.views.refusals import lacks
from core.rag.answers import Answer, Passage, Refusal

_BUTTONS_IN_A_ROW = 5


def answer(answer: Answer, text: Text, note: str = "") -> str:
    """Word a finished answer: a note where one is due, the text, values to check, repair cases, its sources."""
    if answer.refusal is not None and not answer.refusal.partial:
        sensors = card(answer.sensors, text) if answer.sensors else ""
        return "\n\n".join(filter(None, [block(answer.cases, text), refusal(answer.refusal, text), sensors]))
    note = escape(text("answers-partial")) if answer.refusal else aside(note)
    warnings = [*disagreements(answer.sensors, text), *lacks(answer.refusal, text)]
    parts = [note, *map(escape, warnings), answer.text]
    if answer.unverified:
        parts.append(escape(text("answers-unverified", values=", ".join(answer.unverified))))
    parts.append(block(answer.cases, text))
    if answer.sensors:
        parts.append(card(answer.sensors, text))
    if answer.passages:
        parts.append(_source_list(answer, text))
    return "\n\n".join(part for part in parts if part.strip())


def refusal(refusal: Refusal, text: Text) -> str:
    """Say that the documents don't answer this, what is nearest and what is missing."""
    lines = [escape(text("answers-refusal")), *map(escape, lacks(refusal, text))]
    if refusal.nearest:
        listed = "\n".join(f"- {escape(title)}" for title in refusal.nearest)
        lines.append(f"{escape(text('answers-refusal-nearest'))}\n{listed}")
    lines.append(escape(text("answers-refusal-advice")))
    return "\n\n".join(lines)


def broken_off(markdown: str, mark: str) -> str:
    """Keep what there is of an answer and mark it."""
    return f"{markdown.rstrip()}\n\n{aside(mark)}" if markdown.strip() else escape(mark)


def answer_keyboard(answer: Answer, text: Text) -> InlineKeyboardMarkup | None:
    """Return buttons that open sources and cases, thumbs, and one that asks for what documents lack."""
    query = answer.query_id
    if query is None:
        return None
    want = [button(text("gaps-button-want"), WantDocument(query_id=query))] if answer.refusal else []
    cases = [button(f"🧰 № {case.id}", ShowCase(case_id=case.id)) for case in answer.cases]
    if answer.refused:
        return rows(cases, want)
    opens = [button(f"[{n}]", OpenSource(query_id=query, number=n)) for n in answer.sources]
    lines = [opens[i : i + _BUTTONS_IN_A_ROW] for i in range(0, len(opens), _BUTTONS_IN_A_ROW)]
    return rows(*lines, cases, thumbs(query), want)


def _source_list(answer: Answer, text: Text) -> str:
    """List the sources: `[1] Title › Section`."""
    lines = [f"**{escape(text('answers-sources'))}**"]
    lines += [escape(f"[{n}] {place(answer.passages[n - 1].passage, text)}") for n in answer.sources]
    return "  \n".join(lines)


def aside(note: str) -> str:
    """Set a remark about the answer apart from it."""
    return f"_{escape(note)}_" if note else ""


def place(passage: Passage, text: Text) -> str:
    """`Title › Section, p. 4`; a section that starts with the title does not repeat it."""
    section = passage.section
    place = section if section.startswith(passage.title) else " › ".join(filter(None, [passage.title, section]))
    return f"{place}, {text('answers-page', page=passage.page)}" if passage.page else place


def shorten(question: str, limit: int = 120) -> str:
    """Return `question`, cut where it is longer than a quotation should be."""
    return question if len(question) <= limit else question[: limit - 1].rstrip() + "…"
