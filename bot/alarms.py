"""Alarms to Telegram: one message for a machine's group of alarms in each chat, edited as they change.

A sound is made only where the message is new, and where something grew worse, joined, or waits for too long: then a
short reply points at it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage
from aiogram.types import ReplyParameters

from bot.i18n import Text, text_for, text_of
from bot.sending import send_formatted
from bot.views import alarms as views
from core.diagnostics.alerts.audience import GROUP_SCOPE
from core.diagnostics.alerts.cards import AlarmCards, Card, Place
from core.diagnostics.alerts.telling import Reason
from core.outbox import Outbox, OutboxMessage
from core.users.rights import Actor, Right
from core.users.service import UserService

Post = Callable[[OutboxMessage, SendMessage], Awaitable[int]]
"""Sends once, whatever happens, and returns the message's number."""
_GONE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
_TOPIC_GONE = ("message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED")


class _Said(NamedTuple):
    """In what language, units and time zone a reader is told."""

    text: Text
    zone: ZoneInfo


class AlarmCourier:
    """Brings what the alarm book leaves in the outbox."""

    def __init__(
        self, bot: Bot, outbox: Outbox, cards: AlarmCards, users: UserService, *, language: str, zone: ZoneInfo
    ) -> None:
        self._bot = bot
        self._outbox = outbox
        self._cards = cards
        self._users = users
        self._language = language
        self._zone = zone

    async def deliver(self, message: OutboxMessage, post: Post) -> None:
        """Send, edit or point at a group's message, and mark `message` as sent.

        Raises:
            TelegramAPIError: not this time.
        """
        payload: dict[str, Any] = message.payload
        card, place = await self._cards.standing(payload["group_id"], message.chat_id)
        reader = await self._users.find(message.chat_id) if message.chat_id > 0 else None
        number = None
        if card is not None and _may_see(message.chat_id, reader, card):
            said = self._said_to(reader)
            reason = Reason(payload["reason"]) if "reason" in payload else None
            if place.message_id is not None and await self._edited(message.chat_id, card, place, said):
                number = await self._point(message, card, place, reason, said.text, post)
            elif reason is not None and not (payload["held"] and not card.active):
                number = await self._send(message, card, place, said, post)
        await self._outbox.sent(message, number)

    async def try_out(self, message: OutboxMessage, words: str, post: Post) -> int:
        """Send a test where alarms go."""
        place = await self._cards.topic(message.chat_id)
        return await self._in_topic(
            message, SendMessage(chat_id=message.chat_id, message_thread_id=place, text=words), post
        )

    async def gone(self, chat_id: int) -> None:
        """Note that a chat can't be written to any more."""
        await self._cards.chat_gone(chat_id)

    async def moved(self, old: int, new: int) -> None:
        """Follow a group that became a supergroup."""
        await self._cards.chat_moved(old, new)

    async def _send(self, message: OutboxMessage, card: Card, place: Place, said: _Said, post: Post) -> int:
        words = views.message(card, said.text, said.zone)
        # One that a dead sender left may show less than the card says now: 0 has the next change edit it.
        revision = card.revision if message.digest is None else 0
        method = SendMessage(
            chat_id=message.chat_id,
            message_thread_id=place.thread_id,
            text=words.text,
            entities=list(words.entities),
            parse_mode=None,
            reply_markup=views.keyboard(card, said.text),
        )
        number = await self._in_topic(message, method, post)
        await self._cards.placed(card.group_id, message.chat_id, number, revision)
        return number

    async def _in_topic(self, message: OutboxMessage, method: SendMessage, post: Post) -> int:
        """Send into the chat's topic; should that be gone, into the chat itself, from now on."""
        try:
            return await post(message, method)
        except TelegramBadRequest as error:
            if method.message_thread_id is None or not any(sign in error.message for sign in _TOPIC_GONE):
                raise
        await self._cards.topic_gone(message.chat_id)
        return await post(message, method.model_copy(update={"message_thread_id": None}))

    async def _edited(self, chat_id: int, card: Card, place: Place, said: _Said) -> bool:
        """Bring the message up to date; False where it is gone and has to be sent anew."""
        if place.message_id is None or place.revision >= card.revision:
            return True
        words, keyboard = views.message(card, said.text, said.zone), views.keyboard(card, said.text)
        try:
            await send_formatted(self._bot, chat_id, words, keyboard, replacing=place.message_id)
        except TelegramBadRequest as error:
            if any(sign in error.message for sign in _GONE):
                return False
            raise
        await self._cards.placed(card.group_id, chat_id, place.message_id, card.revision)
        return True

    async def _point(
        self, message: OutboxMessage, card: Card, place: Place, reason: Reason | None, text: Text, post: Post
    ) -> int | None:
        if reason is None or reason is Reason.FIRST or place.message_id is None or not card.active:
            return None
        reply = ReplyParameters(message_id=place.message_id, allow_sending_without_reply=True)
        words = views.ping(card, reason, text)
        return await post(
            message,
            SendMessage(
                chat_id=message.chat_id,
                message_thread_id=place.thread_id,
                text=words,
                parse_mode=None,
                reply_parameters=reply,
            ),
        )

    def _said_to(self, reader: Actor | None) -> _Said:
        return _Said(text_for(self._language), self._zone) if reader is None else _Said(text_of(reader), reader.zone)


def _may_see(chat_id: int, reader: Actor | None, card: Card) -> bool:
    """Look again when it is sent: since it was written, people lose access, and machines are no longer public."""
    if chat_id < 0:
        return GROUP_SCOPE.covers(card.system)
    return reader is not None and reader.may(Right.SEE_MACHINES, machine=card.system)
