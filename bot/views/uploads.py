"""What became of a file that was sent to the library, in one message."""

from aiogram.types import InlineKeyboardButton

from bot.callbacks.documents import DeleteDocument, IndexDocument, ShowDocument, StopIndexing
from bot.following import Sight
from bot.formatting import escape
from bot.i18n import Text
from bot.views.documents import ranges
from bot.views.keyboards import button, rows
from core.progress import JobProgress
from core.rag.catalogue import Standing
from core.rag.documents import DocumentInfo
from core.rag.models import DocumentState


def refused(reason: str) -> Sight:
    """Say why the file was not taken."""
    return Sight(escape(f"⚠️ {reason}"), over=True)


def unchanged(document: DocumentInfo, name: str, text: Text) -> Sight:
    """Say that these bytes are in the library, maybe under another name."""
    key = "uploads-unchanged" if document.name == name else "uploads-unchanged-renamed"
    words = text(key, title=document.title, name=document.name, revision=document.revision)
    return Sight(escape(words), rows([_open(document, text)]), over=True)


def gone(document: DocumentInfo, text: Text) -> Sight:
    """Say that the document was deleted meanwhile, or closed to the reader."""
    return Sight(escape(text("uploads-gone", title=document.title)), over=True)


def under_way(document: DocumentInfo, standing: Standing, report: JobProgress | None, text: Text) -> Sight:
    """Say where the document is on its way into the index."""
    now = standing.document
    if now.revision != document.revision:
        words = text("uploads-superseded", title=now.title, revision=now.revision)
        return Sight(escape(words), rows([_open(now, text)]), over=True)
    match now.state:
        case DocumentState.INDEXED:
            return _indexed(standing, text)
        case DocumentState.FAILED:
            reason = text(now.error or "error-document-unreadable", **now.error_params)
            words = text("documents-failed", title=now.title, reason=reason)
            return Sight(escape(words), rows([_open(now, text)]), over=True)
    if report is not None and report.state in ("failed", "cancelled"):
        return _halted(now, report, text)
    return _waiting(now, report, text)


def _indexed(standing: Standing, text: Text) -> Sight:
    now = standing.document
    lines = [text("uploads-indexed", title=now.title, revision=now.revision, version=standing.version or 0)]
    if now.pages is not None:
        lines.append(text("uploads-pages", count=now.pages))
    if now.empty_pages:
        lines.append(text("documents-empty-pages", count=len(now.empty_pages), pages=ranges(now.empty_pages)))
    return Sight(escape("\n".join(lines)), rows([_open(now, text)]), over=True)


def _halted(now: DocumentInfo, report: JobProgress, text: Text) -> Sight:
    if report.state == "failed":
        words = text("uploads-halted", title=now.title, reason=text(report.error))
    else:
        words = text("uploads-stopped", title=now.title)
    again = IndexDocument(document_id=now.id, revision=now.revision)
    delete = DeleteDocument(document_id=now.id, revision=now.revision)
    keyboard = rows([button(text("documents-button-again"), again), button(text("documents-button-delete"), delete)])
    return Sight(escape(words), keyboard, over=True)


def _waiting(now: DocumentInfo, report: JobProgress | None, text: Text) -> Sight:
    key = "uploads-replacing" if now.revision > 1 else "uploads-adding"
    lines = [text(key, title=now.title, revision=now.revision)]
    if report is None or not report.step:
        lines.append(text("uploads-queued"))
    else:
        lines.append(text(f"index-step-{report.step}", done=report.done, total=report.total))
    stop = StopIndexing(document_id=now.id, revision=now.revision)
    return Sight(escape("\n".join(lines)), rows([button(text("index-button-cancel"), stop)]))


def _open(document: DocumentInfo, text: Text) -> InlineKeyboardButton:
    return button(text("uploads-button-open"), ShowDocument(document_id=document.id))
