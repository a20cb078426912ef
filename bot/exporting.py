"""A file of readings on its way to a chat: made, followed, sent, and told about where it can't be."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import FSInputFile
from aiogram.utils.chat_action import ChatActionSender

from bot.following import Sight, follow
from bot.holding import current_hold, settle
from bot.i18n import Text
from bot.views import exports as views
from bot.views.errors import describe_error
from core.diagnostics.exports.service import ExportService
from core.diagnostics.exports.writers import Format
from core.diagnostics.windows import Window
from core.errors import ConflictError
from core.supervisor import Supervisor
from core.users.rights import Actor, Right

log = structlog.get_logger(__name__)
_SOON_S = 1.0
"""A file that is sent by then needs no message about how far it is."""


class ExportBusyError(ConflictError):
    """This person's last file is not ready yet."""

    key = "export-busy"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export: a machine by its id or name, and of it `sensors` (ids; none: all)."""

    system: str | int
    window: Window
    kind: Format
    sensors: Collection[int] = ()


class ExportDesk:
    """Makes files in the background, one at a time for a person."""

    def __init__(self, bot: Bot, exports: ExportService, supervisor: Supervisor) -> None:
        self._bot = bot
        self._exports = exports
        self._supervisor = supervisor

    def start(self, chat_id: int, wanted: Wanted, actor: Actor, text: Text) -> None:
        """Begin; what takes longer has a message that follows it.

        Raises:
            ForbiddenError; ExportBusyError.
        """
        actor.require(Right.EXPORT_READINGS)
        if self._supervisor.running(_key(actor)):
            raise ExportBusyError
        run = _Run(self._bot, chat_id, wanted, actor, text)
        work = self._supervisor.start(run.work(self._exports), name="export", key=_key(actor), owner=actor)
        self._supervisor.start(settle(current_hold().take(), work), name="export told")
        self._supervisor.start(run.follow(work), name="export progress")

    async def stop(self, actor: Actor) -> bool:
        """Give up the actor's file; False where none is being made."""
        return await self._supervisor.cancel(_key(actor))


class _Run:
    """One file; `sight` is what there is to see of it."""

    def __init__(self, bot: Bot, chat_id: int, wanted: Wanted, actor: Actor, text: Text) -> None:
        self._bot = bot
        self._chat_id = chat_id
        self._wanted = wanted
        self._actor = actor
        self._text = text
        self._sight = views.under_way(0.0, 0, text)

    async def work(self, exports: ExportService) -> None:
        """Send the file, or say why there is none: nobody above would tell the user."""
        wanted, actor = self._wanted, self._actor
        try:
            async with (
                ChatActionSender.upload_document(self._chat_id, self._bot),
                exports.export(
                    actor, wanted.system, wanted.window, wanted.kind, sensors=wanted.sensors, tell=self._tell
                ) as export,
            ):
                self._sight = views.sending(self._text)
                await self._bot.send_document(
                    self._chat_id,
                    FSInputFile(export.path),
                    caption=views.caption(export, self._text, actor.zone),
                    disable_content_type_detection=True,
                    request_timeout=300,
                )
            self._sight = views.done(self._text)
        except asyncio.CancelledError:
            self._sight = views.stopped(self._text)
            raise
        except TelegramAPIError:
            log.exception("export could not be sent", chat=self._chat_id)
            self._sight = views.failed(self._text)
            await self._bot.send_message(self._chat_id, self._text("export-not-sent"))
        except Exception as error:  # told to the user; logged with its reference id by describe_error
            self._sight = views.failed(self._text)
            await self._bot.send_message(self._chat_id, describe_error(error, self._text))

    async def follow(self, work: asyncio.Task[None]) -> None:
        """Have a message follow the work, where it takes long enough to be worth one."""
        await asyncio.wait({work}, timeout=_SOON_S)
        if work.done():
            return
        first = self._sight
        shown = await self._bot.send_message(self._chat_id, first.words, reply_markup=first.keyboard)

        async def look() -> Sight:
            await asyncio.wait({work}, timeout=_SOON_S)
            return self._sight

        await follow(self._bot, shown, look)

    def _tell(self, part: float, rows: int) -> None:
        self._sight = views.under_way(part, rows, self._text)


def _key(actor: Actor) -> tuple[str, int | None]:
    return ("export", actor.id)
