"""Alarms to Telegram: one message for a machine's group of alarms in each chat, edited as they change.

A sound is made only where the message is new, and where something grew worse, joined, or waits for too long: then a
short reply points at it.
"""

from typing import Any
from zoneinfo import ZoneInfo

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage
from aiogram.types import ReplyParameters

from bot.i18n import Text, text_for, text_of
from bot.said import GONE, Post, Said, may_see
from bot.sending import send_formatted
from bot.storms import StormCourier
from bot.views import alarms as views
from core.diagnostics.alerts.cards import AlarmCards, Card, Place
from core.diagnostics.alerts.storms import Storms
from core.diagnostics.alerts.telling import Reason
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.rights import Actor
from core.users.service import UserService

_TOPIC_GONE = ("message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED")


class AlarmCourier:
    """Brings what the alarm book leaves in the outbox."""

    def __init__(
        self,
        bot: Bot,
        outbox: Outbox,
        cards: AlarmCards,
        storms: Storms,
        users: UserService,
        *,
        language: str,
        zone: ZoneInfo,
    ) -> None:
        self._bot = bot
        self._outbox = outbox
        self._cards = cards
        self._storms = StormCourier(bot, storms, cards)
        self._users = users
        self._language = language
        self._zone = zone

    async def deliver(self, message: OutboxMessage, post: Post) -> None:
        """Send, edit or point at a group's message, and mark `message` as sent.

        Raises:
            TelegramAPIError: not this time.
        """
        payload: dict[str, Any] = message.payload
        reader = await self._users.find(message.chat_id) if message.chat_id > 0 else None
        if message.kind == Notice.ALARM_STORM:
            await self._deliver_storm(message, reader, post)
            return
        reason = Reason(payload["reason"]) if "reason" in payload else None
        if reason is not None and message.digest is None:
            reason = await self._storms.gather(message)
            if reason is None:
                return
        card, place = await self._cards.standing(payload["group_id"], message.chat_id)
        number = None
        if card is not None and may_see(message.chat_id, reader, card.system):
            said = self._said_to(reader)
            if place.shared and place.message_id is not None and reason in (None, Reason.FIRST):
                if place.revision < card.revision:
                    await self._storms.refresh(message.chat_id, place.message_id, reader, said)
            elif not place.shared and await self._edited(message.chat_id, card, place, said):
                number = await self._point(message, card, place, reason, said.text, post)
            elif reason is not None and not (payload["held"] and not card.active):
                number = await self._send(message, card, place, said, post)
        await self._outbox.sent(message, number)

    async def _deliver_storm(self, message: OutboxMessage, reader: Actor | None, post: Post) -> None:
        async def into_topic(outgoing: OutboxMessage, method: SendMessage) -> int:
            return await self._in_topic(outgoing, method, post)

        number = await self._storms.deliver(message, reader, self._said_to(reader), into_topic)
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

    async def _send(self, message: OutboxMessage, card: Card, place: Place, said: Said, post: Post) -> int:
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

    async def _edited(self, chat_id: int, card: Card, place: Place, said: Said) -> bool:
        """Bring the message up to date; False where there is none, or none any more."""
        if place.message_id is None:
            return False
        if place.revision >= card.revision:
            return True
        words, keyboard = views.message(card, said.text, said.zone), views.keyboard(card, said.text)
        try:
            await send_formatted(self._bot, chat_id, words, keyboard, replacing=place.message_id)
        except TelegramBadRequest as error:
            if any(sign in error.message for sign in GONE):
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

    def _said_to(self, reader: Actor | None) -> Said:
        return Said(text_for(self._language), self._zone) if reader is None else Said(text_of(reader), reader.zone)
