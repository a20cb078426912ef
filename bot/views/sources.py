"""A source word for word: one page of one message, and buttons that turn the pages."""

from dataclasses import dataclass

from aiogram.types import InlineKeyboardMarkup
from telegramify_markdown import utf16_len

from bot.callbacks.answers import TurnSource
from bot.formatting import MESSAGE_LIMIT, Formatted, escape, joined, render, split
from bot.i18n import Text
from bot.views.answers import place
from bot.views.keyboards import button, rows
from core.rag.safety import opens_circuit
from core.rag.sources import Source, Standing

LAST = -1
"""Part number of the last page of a long passage."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one message shows of a source: part `part` of `parts`, from 0."""

    content: Formatted
    part: int
    parts: int


def page(source: Source, part: int, text: Text) -> Page:
    """Show a part of the passage (LAST for the last) under its place, revision, and how the document stands now."""
    heading = joined(render(_heading(source, text)), Formatted("\n\n"))
    pieces = split(render(source.passage.text), MESSAGE_LIMIT - utf16_len(heading.text)) or [Formatted("…")]
    part = len(pieces) - 1 if part == LAST else min(max(part, 0), len(pieces) - 1)
    return Page(joined(heading, pieces[part]), part, len(pieces))


def keyboard(source: Source, page: Page) -> InlineKeyboardMarkup | None:
    """Return ◀ 1/4 ▶; None where there is nothing to turn to."""
    numbers = source.numbers if source.number in source.numbers else (source.number,)
    if len(numbers) == page.parts == 1:
        return None
    position = numbers.index(source.number)
    label = f"{position + 1}/{len(numbers)}" + (f" · {page.part + 1}/{page.parts}" if page.parts > 1 else "")

    def turn(number: int, part: int) -> TurnSource:
        return TurnSource(query_id=source.query_id, number=number, part=part)

    row = [button(label, turn(source.number, page.part))]
    if page.part > 0:
        row.insert(0, button("◀", turn(source.number, page.part - 1)))
    elif position > 0:
        row.insert(0, button("◀", turn(numbers[position - 1], LAST)))
    if page.part < page.parts - 1:
        row.append(button("▶", turn(source.number, page.part + 1)))
    elif position < len(numbers) - 1:
        row.append(button("▶", turn(numbers[position + 1], 0)))
    return rows(row)


def _heading(source: Source, text: Text) -> str:
    passage = source.passage
    lines = [f"**{escape(f'[{source.number}] {place(passage, text)}')}**"]
    lines.append(f"_{escape(text('sources-revision', document=passage.document, revision=passage.revision))}_")
    if source.standing is Standing.REPLACED:
        lines.append(f"**{escape(text('sources-replaced', revision=source.revision_now))}**")
    if source.standing is Standing.DELETED:
        lines.append(f"**{escape(text('sources-deleted'))}**")
    if opens_circuit(passage.text):
        lines.append(f"**{escape(text('safety-line'))}**")
    return "  \n".join(lines)
