"""The library: what the answers are drawn from, new documents sent as files, and the card of each."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Document, Message

from bot.callbacks.documents import (
    DeleteDocument,
    IndexDocument,
    SetAccess,
    ShowDocument,
    ShowDocuments,
    ShowMachines,
    StopIndexing,
    TagMachine,
)
from bot.i18n import Text
from bot.sending import send_markdown
from bot.uploads import UploadDesk, name_of
from bot.views import documents as views
from bot.views.answers import shorten
from core.diagnostics.service import DiagnosticsService
from core.rag.catalogue import Catalogue, Standing
from core.rag.documents import DocumentInfo, DocumentService
from core.users.rights import Actor, Right

router = Router(name="documents")


@router.message(Command("documents"))
async def on_documents(message: Message, bot: Bot, actor: Actor, text: Text, documents: DocumentService) -> None:
    """List the library."""
    await _list(bot, message.chat.id, actor, text, documents, 0)


@router.callback_query(ShowDocuments.filter(), F.message.as_("message"))
async def on_page(
    callback: CallbackQuery,
    callback_data: ShowDocuments,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    documents: DocumentService,
) -> None:
    """Turn to a page of it."""
    await callback.answer()
    await _list(bot, message.chat.id, actor, text, documents, callback_data.page, replacing=message.message_id)


@router.message(F.document.as_("file"), F.chat.type == ChatType.PRIVATE)
async def on_file(message: Message, file: Document, bot: Bot, actor: Actor, text: Text, uploads: UploadDesk) -> None:
    """Take a file into the library; our reply tells how it goes, into the index."""
    uploads.check(actor, file)
    shown = await message.reply(text("uploads-fetching", name=shorten(name_of(file))))
    uploads.start(bot, file, shown, actor, text)


@router.callback_query(StopIndexing.filter())
async def on_stop(
    callback: CallbackQuery, callback_data: StopIndexing, actor: Actor, text: Text, uploads: UploadDesk
) -> None:
    """Stop the rebuild for a document."""
    await uploads.stop(actor, callback_data.document_id, callback_data.revision)
    await callback.answer(text("index-cancelling"))


@router.callback_query(ShowDocument.filter(), F.message.as_("message"))
async def on_document(
    callback: CallbackQuery,
    callback_data: ShowDocument,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    catalogue: Catalogue,
) -> None:
    """Open the card of a document."""
    standing = await catalogue.standing(actor, callback_data.document_id)
    await callback.answer()
    await _card(bot, message, standing, actor, text)


@router.callback_query(SetAccess.filter(), F.message.as_("message"))
async def on_access(
    callback: CallbackQuery,
    callback_data: SetAccess,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    catalogue: Catalogue,
) -> None:
    """Change who may be answered from a document."""
    await catalogue.set_access(actor, callback_data.document_id, callback_data.revision, callback_data.access)
    await callback.answer(text("documents-changed"))
    standing = await catalogue.standing(actor, callback_data.document_id)
    await _card(bot, message, standing, actor, text)


@router.callback_query(ShowMachines.filter(), F.message.as_("message"))
async def on_machines(
    callback: CallbackQuery,
    callback_data: ShowMachines,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    catalogue: Catalogue,
    diagnostics: DiagnosticsService,
) -> None:
    """Offer the machines that a document may be about."""
    actor.require(Right.MANAGE_DOCUMENTS)
    document = (await catalogue.standing(actor, callback_data.document_id)).document
    await callback.answer()
    await _machines(bot, message, document, actor, text, diagnostics)


@router.callback_query(TagMachine.filter(), F.message.as_("message"))
async def on_tag(
    callback: CallbackQuery,
    callback_data: TagMachine,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    catalogue: Catalogue,
    diagnostics: DiagnosticsService,
) -> None:
    """Tick a machine, or take its tick away."""
    actor.require(Right.MANAGE_DOCUMENTS)
    machines = set((await catalogue.standing(actor, callback_data.document_id)).document.machines)
    if callback_data.system_id:
        code = (await diagnostics.machine(actor, callback_data.system_id)).code
        machines = machines | {code} if callback_data.on else machines - {code}
    else:
        machines = set()
    document = await catalogue.set_machines(actor, callback_data.document_id, callback_data.revision, machines)
    await callback.answer(text("documents-changed"))
    await _machines(bot, message, document, actor, text, diagnostics)


@router.callback_query(IndexDocument.filter(), F.message.as_("message"))
async def on_again(
    callback: CallbackQuery,
    callback_data: IndexDocument,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    catalogue: Catalogue,
    uploads: UploadDesk,
) -> None:
    """Try to index it once more, and tell here how it goes."""
    document = await catalogue.index_again(actor, callback_data.document_id, callback_data.revision)
    await callback.answer()
    uploads.follow(bot, document, message, actor, text)


@router.callback_query(DeleteDocument.filter(F.sure), F.message.as_("message"))
async def on_delete(
    callback: CallbackQuery,
    callback_data: DeleteDocument,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    documents: DocumentService,
) -> None:
    """Delete it."""
    deleted = await documents.delete(actor, callback_data.document_id, revision=callback_data.revision)
    await callback.answer(text("documents-deleted", title=deleted.title[:100]))
    await _list(bot, message.chat.id, actor, text, documents, 0, replacing=message.message_id)


@router.callback_query(DeleteDocument.filter(), F.message.as_("message"))
async def on_ask_delete(
    callback: CallbackQuery,
    callback_data: DeleteDocument,
    message: Message,
    bot: Bot,
    actor: Actor,
    text: Text,
    catalogue: Catalogue,
) -> None:
    """Ask before it is deleted."""
    actor.require(Right.MANAGE_DOCUMENTS)
    document = (await catalogue.standing(actor, callback_data.document_id)).document
    await callback.answer()
    words = views.deletion(document, text)
    keyboard = views.deletion_keyboard(document, text)
    await send_markdown(bot, message.chat.id, words, keyboard, replacing=message.message_id)


async def _list(
    bot: Bot,
    chat_id: int,
    actor: Actor,
    text: Text,
    documents: DocumentService,
    page: int,
    *,
    replacing: int | None = None,
) -> None:
    found = await documents.list(actor)
    words = views.library(found, page, text, may_add=actor.may(Right.MANAGE_DOCUMENTS))
    await send_markdown(bot, chat_id, words, views.library_keyboard(found, page, text), replacing=replacing)


async def _card(bot: Bot, message: Message, standing: Standing, actor: Actor, text: Text) -> None:
    keyboard = views.card_keyboard(standing.document, text, may_change=actor.may(Right.MANAGE_DOCUMENTS))
    words = views.card(standing, actor.zone, text)
    await send_markdown(bot, message.chat.id, words, keyboard, replacing=message.message_id)


async def _machines(
    bot: Bot, message: Message, document: DocumentInfo, actor: Actor, text: Text, diagnostics: DiagnosticsService
) -> None:
    keyboard = views.machines_keyboard(document, await diagnostics.machines(actor), text)
    words = views.choosing(document, text)
    await send_markdown(bot, message.chat.id, words, keyboard, replacing=message.message_id)
