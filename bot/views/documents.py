"""The library as a message."""

from collections.abc import Sequence

from bot.formatting import escape
from bot.i18n import Text
from core.rag.documents import Access, Added, AddOutcome, DocumentInfo
from core.rag.models import DocumentState

_MARKS = {DocumentState.PENDING: "⏳", DocumentState.INDEXED: "✅", DocumentState.FAILED: "⚠️"}
_STRETCHES = 8
_SHOWN = 60
"""Lines of the list; the rest is counted."""


def library(documents: Sequence[DocumentInfo], text: Text, *, may_add: bool) -> str:
    """List the documents: state, title, language, revision."""
    if not documents:
        return escape(text("documents-none"))
    lines = [_line(document, text) for document in documents[:_SHOWN]]
    if len(documents) > _SHOWN:
        lines.append(escape(text("documents-more", count=len(documents) - _SHOWN)))
    heading = f"**{escape(text('documents-title', count=len(documents)))}**"
    hint = f"_{escape(text('documents-hint'))}_" if may_add else ""
    return "\n\n".join(filter(None, [heading, "  \n".join(lines), hint]))


def accepted(added: Added, text: Text) -> str:
    """Confirm an upload."""
    document = added.document
    key = "documents-unchanged" if added.outcome is AddOutcome.UNCHANGED else "documents-accepted"
    return text(key, title=document.title, revision=str(document.revision))


def _line(document: DocumentInfo, text: Text) -> str:
    mark = _MARKS.get(DocumentState(document.state), "")
    details = text("documents-details", language=document.language, revision=str(document.revision))
    line = f"{mark} {escape(document.title)} · {escape(details)}"
    if document.access != Access.PUBLIC:
        line += f" · {escape(text('documents-admins-only'))}"
    if document.error:
        line += f" · {escape(text(document.error, **document.error_params))}"
    return line


def ranges(numbers: Sequence[int]) -> str:
    """Word page numbers in ascending order: 1–3, 7; a few stretches of them."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1].append(number)
        else:
            stretches.append([number])
    shown = (f"{one[0]}–{one[-1]}" if len(one) > 1 else str(one[0]) for one in stretches[:_STRETCHES])
    return ", ".join(shown) + (" …" if len(stretches) > _STRETCHES else "")
