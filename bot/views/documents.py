"""The library as a message."""

from collections.abc import Sequence

from bot.formatting import escape
from bot.i18n import Text
from core.rag.models import Document, DocumentState

_MARKS = {DocumentState.PENDING: "⏳", DocumentState.INDEXED: "✅", DocumentState.FAILED: "⚠️"}
_SHOWN = 60
"""Lines of the list; the rest is counted."""


def library(documents: Sequence[Document], text: Text) -> str:
    """List the documents: state, title, language, revision."""
    if not documents:
        return escape(text("documents-none"))
    lines = [_line(document, text) for document in documents[:_SHOWN]]
    if len(documents) > _SHOWN:
        lines.append(escape(text("documents-more", count=len(documents) - _SHOWN)))
    heading = f"**{escape(text('documents-title', count=len(documents)))}**"
    return "\n\n".join([heading, "  \n".join(lines), f"_{escape(text('documents-hint'))}_"])


def accepted(document: Document, text: Text) -> str:
    """Confirm an upload."""
    return text("documents-accepted", title=document.title, revision=str(document.revision))


def _line(document: Document, text: Text) -> str:
    mark = _MARKS.get(DocumentState(document.state), "")
    details = text("documents-details", language=document.language, revision=str(document.revision))
    line = f"{mark} {escape(document.title)} · {escape(details)}"
    if document.access != "public":
        line += f" · {escape(text('documents-admins-only'))}"
    if document.error:
        line += f" · {escape(text(document.error))}"
    return line
