"""The library as a message, and the card of a document."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.documents import (
    DeleteDocument,
    IndexDocument,
    SetAccess,
    ShowDocument,
    ShowDocuments,
    ShowMachines,
    TagMachine,
)
from bot.formatting import escape
from bot.i18n import Text
from bot.views.keyboards import button, rows
from bot.views.measures import moment, name, number
from core.diagnostics.models import System
from core.rag.catalogue import Standing
from core.rag.documents import DocumentInfo
from core.rag.models import DocumentState
from core.rag.readership import Access

_MARKS = {DocumentState.PENDING: "⏳", DocumentState.INDEXED: "✅", DocumentState.FAILED: "⚠️"}
_STRETCHES = 8
_PAGE = 12
"""Documents on a page of the list."""
_MACHINES = 40
"""Machines that are offered; Telegram takes a hundred buttons."""


def library(documents: Sequence[DocumentInfo], page: int, text: Text, *, may_add: bool) -> str:
    """List the documents: state, title, language, revision."""
    if not documents:
        lines = [escape(text("documents-none"))]
    else:
        first = _first(documents, page)
        shown = enumerate(documents[first : first + _PAGE], first + 1)
        heading = f"**{escape(text('documents-title', count=len(documents)))}**"
        lines = [heading, "  \n".join(_line(number, document, text) for number, document in shown)]
    if may_add:
        lines.append(f"_{escape(text('documents-hint'))}_")
    return "\n\n".join(lines)


def library_keyboard(documents: Sequence[DocumentInfo], page: int, text: Text) -> InlineKeyboardMarkup | None:
    """Return a button for each document of the page, by its number in the list, and those that turn pages."""
    first = _first(documents, page)
    shown = enumerate(documents[first : first + _PAGE], first + 1)
    keys = [button(str(number), ShowDocument(document_id=document.id)) for number, document in shown]
    turn = []
    if first:
        turn.append(button("◀", ShowDocuments(page=first // _PAGE - 1)))
    if first + _PAGE < len(documents):
        turn.append(button("▶", ShowDocuments(page=first // _PAGE + 1)))
    return rows(*(keys[i : i + 6] for i in range(0, len(keys), 6)), turn) if keys else None


def card(standing: Standing, zone: ZoneInfo, text: Text) -> str:
    """Say all that is known of a document."""
    document = standing.document
    readers = text(f"documents-access-{document.access}")
    machines = ", ".join(document.machines) or text("documents-all-machines")
    lines = [
        text("documents-card-file", name=document.name, megabytes=number(document.size / 1e6, text)),
        text("documents-details", language=document.language, revision=document.revision),
        text("documents-card-changed", moment=moment(document.updated_at, zone, text)),
        text("documents-card-readers", readers=readers),
        text("documents-card-machines", machines=machines),
        _state(standing, text),
    ]
    if document.pages is not None:
        lines.insert(2, text("uploads-pages", count=document.pages))
    if document.empty_pages:
        pages = ranges(document.empty_pages)
        lines.append(text("documents-empty-pages", count=len(document.empty_pages), pages=pages))
    return "\n\n".join([f"**{escape(document.title)}**", "  \n".join(escape(line) for line in lines)])


def card_keyboard(document: DocumentInfo, text: Text, *, may_change: bool) -> InlineKeyboardMarkup:
    """Return what can be done with a document."""
    back = [button(text("documents-button-back"), ShowDocuments())]
    if not may_change:
        return rows(back)
    mark = {access: "● " if document.access == access else "" for access in Access}
    readers = [
        button(f"{mark[access]}{text(f'documents-button-{access}')}", SetAccess(**_now(document), access=access))
        for access in Access
    ]
    state = []
    if document.state == DocumentState.PENDING:
        state.append(button(text("documents-button-refresh"), ShowDocument(document_id=document.id)))
    if document.state != DocumentState.INDEXED:
        state.append(button(text("documents-button-again"), IndexDocument(**_now(document))))
    machines = button(text("documents-button-machines"), ShowMachines(document_id=document.id))
    delete = button(text("documents-button-delete"), DeleteDocument(**_now(document)))
    return rows(readers[:2], readers[2:], state, [machines, delete], back)


def machines_keyboard(document: DocumentInfo, systems: Sequence[System], text: Text) -> InlineKeyboardMarkup:
    """Return a button for each machine, ticked where the document is about it."""
    every = "☐" if document.machines else "☑"
    lines = [[button(f"{every} {text('documents-all-machines')}", _tag(document, 0, on=False))]]
    for system in systems[:_MACHINES]:
        ticked = system.code in document.machines
        label = f"{'☑' if ticked else '☐'} {system.code} · {name(system.names, text)}"
        lines.append([button(label, _tag(document, system.id, on=not ticked))])
    return rows(*lines, [button(text("documents-button-card"), ShowDocument(document_id=document.id))])


def choosing(document: DocumentInfo, text: Text) -> str:
    """Ask for the machines of a document."""
    return escape(text("documents-choose-machines", title=document.title))


def deletion(document: DocumentInfo, text: Text) -> str:
    """Ask whether to delete a document."""
    return escape(text("documents-delete", title=document.title, revision=document.revision))


def deletion_keyboard(document: DocumentInfo, text: Text) -> InlineKeyboardMarkup:
    """Return yes and no."""
    sure = DeleteDocument(**_now(document), sure=True)
    return rows(
        [button(text("documents-button-sure"), sure)],
        [button(text("documents-button-card"), ShowDocument(document_id=document.id))],
    )


def ranges(numbers: Sequence[int]) -> str:
    """Word page numbers in ascending order: 1–3, 7; a few stretches of them."""
    stretches: list[list[int]] = []
    for one in numbers:
        if stretches and one == stretches[-1][-1] + 1:
            stretches[-1].append(one)
        else:
            stretches.append([one])
    shown = (f"{one[0]}–{one[-1]}" if len(one) > 1 else str(one[0]) for one in stretches[:_STRETCHES])
    return ", ".join(shown) + (" …" if len(stretches) > _STRETCHES else "")


def _first(documents: Sequence[DocumentInfo], page: int) -> int:
    """Return where the page begins; the last one, where there are fewer by now."""
    return min(max(page, 0), max(len(documents) - 1, 0) // _PAGE) * _PAGE


def _line(place: int, document: DocumentInfo, text: Text) -> str:
    mark = _MARKS.get(DocumentState(document.state), "")
    details = text("documents-details", language=document.language, revision=document.revision)
    line = f"{place}\\. {mark} {escape(document.title)} · {escape(details)}"
    if document.access != Access.PUBLIC:
        line += f" · {escape(text(f'documents-access-{document.access}'))}"
    if document.machines:
        line += f" · {escape(', '.join(document.machines))}"
    if document.error:
        line += f" · {escape(text(document.error, **document.error_params))}"
    return line


def _state(standing: Standing, text: Text) -> str:
    document = standing.document
    match document.state:
        case DocumentState.INDEXED:
            return text("documents-state-indexed", version=standing.version or 0)
        case DocumentState.FAILED:
            return f"⚠️ {text(document.error or 'error-document-unreadable', **document.error_params)}"
    return text("documents-state-pending")


def _now(document: DocumentInfo) -> dict[str, int]:
    return {"document_id": document.id, "revision": document.revision}


def _tag(document: DocumentInfo, system_id: int, *, on: bool) -> TagMachine:
    return TagMachine(document_id=document.id, revision=document.revision, system_id=system_id, on=on)
