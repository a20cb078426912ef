"""A file of readings that somebody sent: tried out or taken in, while one message tells how far it is."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from aiogram import Bot
from aiogram.types import Document, Message

from bot.following import Sight, follow
from bot.holding import current_hold
from bot.i18n import Text
from bot.views import imports as views
from bot.views.errors import describe_error
from core.diagnostics.ingest.importing import ImportService
from core.diagnostics.ingest.intake import Receipt
from core.errors import BadInputError, ConflictError
from core.supervisor import Supervisor
from core.users.rights import Actor, Right

MOST_MB = 20
"""What Telegram lets bots download."""
_SOON_S = 1.0
"""A small file is through by then: its first sight is the last."""


class ReadingsFileTooLargeError(BadInputError):
    """Telegram gives bots at most 20 MB; packed, ten times as many readings fit in."""

    key = "imports-error-too-large"


class ImportBusyError(ConflictError):
    """This file is being looked at already."""

    key = "imports-error-busy"


class ImportDesk:
    """Runs imports in the background, one a message; `shown` is always ours and replies to the file."""

    def __init__(self, bot: Bot, imports: ImportService, supervisor: Supervisor) -> None:
        self._bot = bot
        self._imports = imports
        self._supervisor = supervisor

    def start(self, file: Document, shown: Message, actor: Actor, text: Text, *, dry_run: bool) -> None:
        """Begin with `file`, and have `shown` follow it.

        Raises:
            ForbiddenError; ReadingsFileTooLargeError; ImportBusyError.
        """
        check(actor, file)
        if self._supervisor.running(_key(shown)):
            raise ImportBusyError
        run = _Run(self._bot, file, actor, text, dry_run)
        work = self._supervisor.start(run.work(self._imports), name="import", key=_key(shown), owner=actor)

        async def look() -> Sight:
            await asyncio.wait({work}, timeout=_SOON_S)
            return run.sight

        claim = current_hold().take()

        async def tell() -> None:
            await (claim.release() if await follow(self._bot, shown, look) else claim.give_back())

        self._supervisor.start(tell(), name="import progress")

    async def stop(self, shown: Message) -> bool:
        """Give up what runs for `shown`; False where nothing does."""
        return await self._supervisor.cancel(_key(shown))


def check(actor: Actor, file: Document) -> None:
    """Accept `file` if `actor` may have it taken in.

    Raises:
        ForbiddenError, ReadingsFileTooLargeError.
    """
    actor.require(Right.MANAGE_READINGS)
    if (file.file_size or 0) > MOST_MB * 2**20:
        raise ReadingsFileTooLargeError(limit=MOST_MB)


class _Run:
    """One way of a file through the pipeline; `sight` is what there is to see of it."""

    def __init__(self, bot: Bot, file: Document, actor: Actor, text: Text, dry_run: bool) -> None:
        self._bot = bot
        self._file = file
        self._actor = actor
        self._text = text
        self._dry_run = dry_run
        self._so_far = Receipt()
        self._name = file.file_name or "readings.csv"
        self.sight = views.under_way(self._name, 0.0, self._so_far, text, dry_run=dry_run)

    async def work(self, imports: ImportService) -> None:
        """Download and run; whatever happens, `sight` tells it in the end."""
        try:
            with TemporaryDirectory(prefix="hydrodiag-import-") as folder:
                path = Path(folder) / "readings"
                await self._bot.download(self._file, path, timeout=300)
                receipt = await imports.run(
                    self._actor, path, name=self._name, dry_run=self._dry_run, zone=self._actor.zone, tell=self._tell
                )
        except asyncio.CancelledError:
            self.sight = views.stopped(self._name, self._so_far, self._text, dry_run=self._dry_run)
            raise
        except Exception as error:  # told to the user; logged with its reference id by describe_error
            self.sight = views.failed(self._name, describe_error(error, self._text), self._text)
        else:
            tell = views.tried if self._dry_run else views.done
            self.sight = tell(self._name, receipt, self._actor.zone, self._text)

    def _tell(self, part: float, so_far: Receipt) -> None:
        self._so_far = so_far
        self.sight = views.under_way(self._name, part, so_far, self._text, dry_run=self._dry_run)


def _key(shown: Message) -> tuple[str, int, int]:
    return ("import", shown.chat.id, shown.message_id)
