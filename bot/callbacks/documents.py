"""Buttons of documents, and those that are missing."""

from aiogram.filters.callback_data import CallbackData

from core.rag.readership import Access


class ShowDocuments(CallbackData, prefix="docs"):
    """Turn to a page (from 0) of the library."""

    page: int = 0


class ShowDocument(CallbackData, prefix="doc"):
    """Open the card of a document."""

    document_id: int


class SetAccess(CallbackData, prefix="docacc"):
    """Say who may be answered from a document; like all that follow, only while it is at that revision."""

    document_id: int
    revision: int
    access: Access


class ShowMachines(CallbackData, prefix="docmach"):
    """Choose the machines of a document."""

    document_id: int


class TagMachine(CallbackData, prefix="doctag"):
    """Say that a document is about this machine, or (`on` is false) that it isn't; machine 0: about all."""

    document_id: int
    revision: int
    system_id: int
    on: bool


class IndexDocument(CallbackData, prefix="docagain"):
    """Try to index a document once more."""

    document_id: int
    revision: int


class StopIndexing(CallbackData, prefix="docstop"):
    """Stop the rebuild for a document."""

    document_id: int
    revision: int


class DeleteDocument(CallbackData, prefix="docdel"):
    """Ask whether to delete a document, and, when one is `sure`, delete it."""

    document_id: int
    revision: int
    sure: bool = False


class WantDocument(CallbackData, prefix="want"):
    """Tell the admins that a document is missing for the question of `query_id`."""

    query_id: int


class ShowGaps(CallbackData, prefix="gaps"):
    """Turn to a page (from 0) of the gap report."""

    page: int


class ExportGaps(CallbackData, prefix="gapscsv"):
    """Send the gap report as a file."""
