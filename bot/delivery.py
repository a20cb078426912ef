"""Outbox to Telegram: by one process at a time, in order, patient with limits, and never twice."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import DeleteMessage, ForwardMessage, SendMessage
from aiohttp import ClientConnectorError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.alarms import AlarmCourier
from bot.commands import set_menu
from bot.first_look import FirstLook
from bot.i18n import text_for, text_of
from bot.ledger import Ledger, prepaid
from bot.pace import Pace, Urgency, sent_as
from bot.reconcile import digest_of, find_arrived
from bot.views.notifications import notification
from core.leadership import Leadership, Post, leadership
from core.observability import bind_correlation_id
from core.outbox import Notice, Outbox, OutboxMessage
from core.telemetry import span
from core.users.service import UserService

log = structlog.get_logger(__name__)
_AT_ONCE = 32
"""Messages under way, with those that wait for their turn: a second of them."""
_LOOKS_AT_ONCE = 3
"""First looks among them: each takes a while, and alarms must not wait for places that they hold."""
_LOOK_AGAIN = timedelta(seconds=1)
_AHEAD_S = 0.5
"""Claimed at once: what may go within this time, so that a new message does not wait behind a long batch."""
_IDLE_S = 0.2
_AGAIN_S = 2.0
_MENU_CHANGES = {Notice.ACCESS_GRANTED, Notice.ROLE_CHANGED}


class _NoLongerInError(Exception):
    """Whoever the message was written for lost their access: nothing is sent to them any more."""


_HOPELESS = (TelegramForbiddenError, TelegramNotFound, TelegramBadRequest, KeyError, ValueError, _NoLongerInError)


class Delivery:
    """Sends what is due: chats side by side, each chat's messages in order."""

    def __init__(
        self,
        bot: Bot,
        outbox: Outbox,
        users: UserService,
        alarms: AlarmCourier | None = None,
        first_look: FirstLook | None = None,
        *,
        default_language: str = "en",
        pace: Pace | None = None,
    ) -> None:
        self._bot = bot
        self._outbox = outbox
        self._users = users
        self._alarms = alarms
        self._first_look = first_look
        self._default_language = default_language
        self._pace = pace or Pace()
        self._ledger = Ledger(self._pace)
        bot.session.middleware(self._ledger)
        self._stop = asyncio.Event()
        self._under_way = self._looks = 0

    async def run(self, engine: AsyncEngine) -> None:
        """Deliver until `stop`, while no other process does. A database that is away only delays messages."""
        while not self._stop.is_set():
            try:
                async with leadership(engine, Post.DELIVERY) as post:
                    await self.begin()
                    await self._deliver(post)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # whatever it is, the loop must outlive it: alerts depend on it
                log.exception("delivery interrupted", error=str(error))
                await self._pause(_AGAIN_S)

    def stop(self) -> None:
        """Let `run` end after the batch in hand."""
        self._stop.set()

    async def begin(self) -> None:
        """Take over what the last sender left: what it had in hand may have arrived, and is looked for."""
        left = await self._outbox.take_over()
        self._ledger.remember(1, await self._outbox.newest_message())
        if left:
            log.warning("messages of the last sender taken over", count=left)

    async def deliver_due(self) -> bool:
        """Deliver what can go now; return whether there was anything."""
        due = await self._claim()
        await asyncio.gather(*map(self._deliver_safely, due))
        return bool(due)

    async def _deliver(self, post: Leadership) -> None:
        """Claim and send without a pause between: a message that takes long holds up its own chat only."""
        async with asyncio.TaskGroup() as under_way:
            while not self._stop.is_set():
                await post.confirm()
                try:
                    due = await self._claim()
                except Exception:  # a fault of one round
                    log.exception("delivery round failed")
                    due = []
                for message in due:
                    under_way.create_task(self._deliver_safely(message))
                if not due:
                    await self._pause(_IDLE_S)

    async def _claim(self) -> list[OutboxMessage]:
        """Claim what may go soon; nothing while there is enough under way."""
        limit = min(self._pace.room(_AHEAD_S), _AT_ONCE - self._under_way)
        due = await self._outbox.claim(limit, self._pace.busy(_AHEAD_S)) if limit > 0 else []
        looks = [message for message in due if message.kind == Notice.FIRST_LOOK]
        later = looks[max(_LOOKS_AT_ONCE - self._looks, 0) :]
        for message in later:
            await self._outbox.postpone(message, _LOOK_AGAIN, unsure=True)
        self._looks += len(looks) - len(later)
        due = [message for message in due if message not in later]
        self._under_way += len(due)
        return due

    async def _deliver_safely(self, message: OutboxMessage) -> None:
        try:
            bind_correlation_id(message.correlation_id)
            with span("delivery", kind=message.kind), sent_as(Urgency.DELIVERY):
                await self._deliver_one(message)
        except Exception:  # its lease runs out, and it is looked for in its chat before it is sent again
            log.exception("delivery failed", message=message.id)
        finally:
            self._under_way -= 1
            self._looks -= message.kind == Notice.FIRST_LOOK

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _deliver_one(self, message: OutboxMessage) -> None:
        try:
            await self._in_turn(message)
            log.info("message delivered", kind=message.kind, message=message.id)
        except TelegramRetryAfter as error:
            pause = timedelta(seconds=error.retry_after)
            await self._outbox.postpone(message, pause, unsure=_was_looking(error))
        except TelegramMigrateToChat as error:
            await self._outbox.postpone(message, timedelta())
            await self._outbox.move_chat(message.chat_id, error.migrate_to_chat_id)
            if self._alarms is not None:
                await self._alarms.moved(message.chat_id, error.migrate_to_chat_id)
        except _HOPELESS as error:
            await self._give_up(message, error)
        except (TelegramAPIError, ClientDecodeError) as error:
            await self._outbox.retry(message, str(error), unsure=may_have_arrived(error) or _was_looking(error))

    async def _in_turn(self, message: OutboxMessage) -> None:
        """Send when it is the chat's turn. A first look takes a while to prepare, and waits for its turn then."""
        if message.kind == Notice.FIRST_LOOK:
            await self._send(message)
            return
        with prepaid(await self._pace.take(message.chat_id, Urgency.DELIVERY)):
            await self._send(message)

    async def _send(self, message: OutboxMessage) -> None:
        if message.kind in (Notice.ALARM, Notice.ALARM_STORM) and self._alarms is not None:
            await self._alarms.deliver(message, self._post)
            return
        if message.kind == Notice.FIRST_LOOK and self._first_look is not None:
            await self._first_look.deliver(message)
            return
        reader = await self._users.find(message.chat_id)
        if reader and not reader.is_member:
            raise _NoLongerInError(f"{reader.role} since it was written")
        text = text_of(reader) if reader else text_for(self._default_language)
        words, keyboard = notification(message.kind, message.payload, text)
        if message.kind == Notice.TEST_ALERT and self._alarms is not None:
            number = await self._alarms.try_out(message, words, self._post)
        else:
            method = SendMessage(chat_id=message.chat_id, text=words, reply_markup=keyboard)
            number = await self._post(message, method)
        await self._outbox.sent(message, number)
        if reader and message.kind in _MENU_CHANGES:
            await set_menu(self._bot, reader)

    async def _post(self, message: OutboxMessage, method: SendMessage) -> int:
        """Send what can't be taken back, once; return its number."""
        if message.digest is not None:
            found = await self._arrived(message)
            if found is not None:
                return found
        before = self._ledger.newest(message.chat_id)
        if before is None and message.chat_id < 0:
            before = await self._outbox.newest_message(message.chat_id)
        await self._outbox.sending(message, digest_of(method.text), before)
        return (await self._bot(method)).message_id

    async def _arrived(self, message: OutboxMessage) -> int | None:
        async def known(numbers: Collection[int]) -> set[int]:
            return await self._outbox.delivered(message.chat_id, numbers)

        return await find_arrived(self._bot, message.chat_id, message.digest or "", message.watermark, known)

    async def _give_up(self, message: OutboxMessage, error: Exception) -> None:
        log.warning("message given up", chat=message.chat_id, kind=message.kind, error=str(error))
        await self._outbox.failed(message, str(error))
        if isinstance(error, TelegramForbiddenError):
            await self._users.set_reachable(message.chat_id, reachable=False)
            if self._alarms is not None:
                await self._alarms.gone(message.chat_id)


def may_have_arrived(error: Exception) -> bool:
    """Tell whether a request that failed may have been carried out: all but those that never left this machine."""
    if isinstance(error, TelegramNetworkError):
        return not isinstance(error.__cause__ or error.__context__, ClientConnectorError)
    return isinstance(error, TelegramServerError | ClientDecodeError)


def _was_looking(error: TelegramAPIError | ClientDecodeError) -> bool:
    """Tell whether it was not sending that failed, but looking for what a dead sender may have sent."""
    return isinstance(error, TelegramAPIError) and isinstance(error.method, ForwardMessage | DeleteMessage)
