"""The library: what the answers are drawn from, and new documents sent as files."""

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction, ChatType
from aiogram.filters import Command
from aiogram.types import Document, Message

from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import documents as views
from core.errors import BadInputError
from core.rag.documents import DocumentService
from core.settings import Settings
from core.users.rights import Actor, Right

router = Router(name="documents")


@router.message(Command("documents"))
async def on_documents(message: Message, bot: Bot, actor: Actor, text: Text, documents: DocumentService) -> None:
    """List the library."""
    library = await documents.list(actor)
    may_add = actor.may(Right.MANAGE_DOCUMENTS)
    await send_markdown(bot, message.chat.id, views.library(library, text, may_add=may_add))


@router.message(F.document, F.chat.type == ChatType.PRIVATE)
async def on_file(
    message: Message, bot: Bot, actor: Actor, text: Text, settings: Settings, documents: DocumentService
) -> None:
    """Take a file into the library; an outbox message follows when it is indexed."""
    actor.require(Right.MANAGE_DOCUMENTS)
    file = message.document
    if file is None:
        return
    await bot.send_chat_action(message.chat.id, ChatAction.TYPING)
    content = await _download(bot, file, settings.rag.max_document_mb)
    added = await documents.add(actor, file.file_name or f"{file.file_unique_id}.txt", content)
    await message.reply(views.accepted(added, text))


class FileTooLargeError(BadInputError):
    """A file over the limit; Telegram itself gives bots at most 20 MB."""

    key = "error-file-too-large"


async def _download(bot: Bot, file: Document, limit_mb: float) -> bytes:
    if (file.file_size or 0) > limit_mb * 1024 * 1024:
        raise FileTooLargeError(limit=limit_mb)
    stream = await bot.download(file)
    return stream.read() if stream else b""
