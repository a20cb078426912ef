"""Updates fetched from Telegram, by one process at a time: the others stand by."""

import asyncio

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.middlewares.in_flight import InFlight
from core.errors import worded
from core.leadership import LeadershipLostError, Post, leadership
from core.supervisor import Supervisor

log = structlog.get_logger(__name__)
_TASKS_LIMIT = 100
"""Updates handled at the same time; more wait at Telegram."""
_CONFIRM_S = 1.0
_TURN = "turn"


class Poller:
    """Polls from its turn on, until `stop`, or until another process has the turn.

    A database that goes away takes the turn from nobody: users are told what is wrong rather than left without answer.
    """

    def __init__(self, bot: Bot, dispatcher: Dispatcher, in_flight: InFlight, engine: AsyncEngine) -> None:
        self.polling = False
        self._bot = bot
        self._dispatcher = dispatcher
        self._in_flight = in_flight
        self._engine = engine
        self._mine, self._others = asyncio.Event(), asyncio.Event()
        self._tasks = Supervisor()

    async def run(self, stop: asyncio.Event) -> None:
        """Poll whenever it is this process's turn, until `stop`."""
        self._tasks.start(self._keep_turn(), name=_TURN, key=_TURN)
        try:
            await self._first(self._mine, stop)
            while not stop.is_set():
                await self._poll(stop)
                await self._first(self._mine, stop)
        finally:
            await self._tasks.cancel(_TURN)

    async def _keep_turn(self) -> None:
        while True:
            try:
                async with leadership(self._engine, Post.POLLING, standing_by=self._yield) as post:
                    self._others.clear()
                    self._mine.set()
                    while True:
                        await asyncio.sleep(_CONFIRM_S)
                        await post.confirm()
            except (LeadershipLostError, SQLAlchemyError, OSError) as error:
                log.warning("the turn to poll can't be confirmed", error=worded(error))
            await asyncio.sleep(_CONFIRM_S)

    def _yield(self) -> None:
        self._mine.clear()
        self._others.set()

    async def _poll(self, stop: asyncio.Event) -> None:
        await self._bot.delete_webhook(drop_pending_updates=False)
        task = self._tasks.start(
            self._dispatcher.start_polling(
                self._bot, handle_signals=False, close_bot_session=False, tasks_concurrency_limit=_TASKS_LIMIT
            ),
            name="polling",
        )
        self.polling = True
        await self._first(stop, self._others, task)
        self.polling = False
        if not task.done():
            await self._dispatcher.stop_polling()
        await task
        await self._confirm()

    async def _first(self, *events: asyncio.Event | asyncio.Task[None]) -> None:
        """Wait until one of them has come about."""
        waiting = [
            e if isinstance(e, asyncio.Task) else self._tasks.start(_wait(e), name="waiting for an event")
            for e in events
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task, event in zip(waiting, events, strict=True):
                if task is not event:
                    task.cancel()

    async def _confirm(self) -> None:
        """Tell Telegram which updates were taken, or the next poller would get the last ones again."""
        if (last := self._in_flight.last_update_id) is None:
            return
        try:
            await self._bot.get_updates(offset=last + 1, limit=1, timeout=0, request_timeout=5)
        except TelegramAPIError as error:
            log.warning("updates not confirmed", error=str(error))


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
