"""A document that somebody sent: fetched, taken into the library and followed into the index, told in one message."""

import asyncio

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Document, Message

from bot.following import Sight, follow
from bot.holding import Claim, current_hold
from bot.i18n import Text
from bot.sending import send_markdown
from bot.views import uploads as views
from bot.views.answers import shorten
from bot.views.errors import describe_error
from core.errors import UnavailableError
from core.progress import ProgressBoard
from core.rag.catalogue import Catalogue
from core.rag.documents import AddOutcome, DocumentInfo, DocumentNotFoundError, DocumentService
from core.supervisor import Supervisor
from core.users.rights import Actor, Right

_AT_ONCE = 2
"""Files fetched at a time: an album of ten large ones must not fill the memory."""
_FETCH_S = 300


class FileNotFetchedError(UnavailableError):
    """Telegram does not give the file, or not any more."""

    key = "uploads-not-fetched"


class UploadDesk:
    """Takes files in the background, each with a message of its own; `shown` is ours and replies to the file."""

    def __init__(
        self, documents: DocumentService, catalogue: Catalogue, progress: ProgressBoard, supervisor: Supervisor
    ) -> None:
        self._documents = documents
        self._catalogue = catalogue
        self._progress = progress
        self._supervisor = supervisor
        self._places = asyncio.Semaphore(_AT_ONCE)

    def check(self, actor: Actor, file: Document) -> None:
        """Accept `file` before it is fetched.

        Raises:
            ForbiddenError, DocumentTooLargeError
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        self._documents.check_size(name_of(file), file.file_size or 0)

    def start(self, bot: Bot, file: Document, shown: Message, actor: Actor, text: Text) -> None:
        """Take `file`, and have `shown` tell what becomes of it."""
        claim = current_hold().take()
        self._supervisor.start(self._take(bot, file, shown, actor, text, claim), name="upload", owner=actor)

    def follow(self, bot: Bot, document: DocumentInfo, shown: Message, actor: Actor, text: Text) -> None:
        """Have `shown` tell how `document` gets into the index."""
        self._supervisor.start(self._follow(bot, document, shown, actor, text), name="upload progress", owner=actor)

    async def stop(self, actor: Actor, document_id: int, revision: int) -> None:
        """Stop the rebuild for a document, which stays in the library.

        Raises:
            ForbiddenError, DocumentNotFoundError, UnavailableError
        """
        actor.require(Right.MANAGE_DOCUMENTS)
        document = (await self._catalogue.standing(actor, document_id)).document
        if document.revision == revision:
            await self._progress.cancel(document.job)

    async def _take(self, bot: Bot, file: Document, shown: Message, actor: Actor, text: Text, claim: Claim) -> None:
        """Once it is in the library a notice tells its end in any case; until then `claim` has it sent again."""
        try:
            async with self._places:
                added = await self._documents.add(actor, name_of(file), await _fetch(bot, file))
        except Exception as error:  # told to the user; logged with its reference id by describe_error
            sight = views.refused(describe_error(error, text))
        else:
            if added.outcome is not AddOutcome.UNCHANGED:
                await claim.release()
                await self._follow(bot, added.document, shown, actor, text)
                return
            sight = views.unchanged(added.document, name_of(file), text)
        async with claim.telling():
            await send_markdown(bot, shown.chat.id, sight.words, sight.keyboard, replacing=shown.message_id)

    async def _follow(self, bot: Bot, document: DocumentInfo, shown: Message, actor: Actor, text: Text) -> None:
        async def look() -> Sight:
            report = await self._progress.read(document.job)
            try:
                standing = await self._catalogue.standing(actor, document.id)
            except DocumentNotFoundError:
                return views.gone(document, text)
            return views.under_way(document, standing, report, text)

        if await follow(bot, shown, look):
            await self._catalogue.told(document)


def name_of(file: Document) -> str:
    """Return the name under which `file` is kept."""
    return file.file_name or f"{file.file_unique_id}.txt"


async def _fetch(bot: Bot, file: Document) -> bytes:
    try:
        stream = await bot.download(file, timeout=_FETCH_S)
    except (TelegramAPIError, TimeoutError) as error:
        raise FileNotFetchedError(f"{name_of(file)}: {error}", name=shorten(name_of(file))) from error
    return stream.read() if stream else b""
