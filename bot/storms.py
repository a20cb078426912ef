"""Storms to Telegram: one message for a site's machines, edited as they change."""

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage
from aiogram.types import ReplyParameters

from bot.said import GONE, Post, Said, may_see
from bot.sending import send_formatted
from bot.views import storms as views
from core.diagnostics.alerts.cards import AlarmCards, Card
from core.diagnostics.alerts.storms import Plight, Storm, Storms
from core.diagnostics.alerts.telling import Reason
from core.outbox import OutboxMessage
from core.users.rights import Actor


class StormCourier:
    """Sends, edits, and makes a sound where there is a reason."""

    def __init__(self, bot: Bot, storms: Storms, cards: AlarmCards) -> None:
        self._bot = bot
        self._storms = storms
        self._cards = cards

    async def gather(self, message: OutboxMessage) -> Reason | None:
        """See `Storms.gather`."""
        return await self._storms.gather(message)

    async def deliver(self, message: OutboxMessage, reader: Actor | None, said: Said, post: Post) -> int | None:
        """Tell a chat of a site's storm; return the number of what was sent, None where nothing had to be.

        Raises:
            TelegramAPIError: not this time.
        """
        chat_id, payload = message.chat_id, message.payload
        storm = await self._storms.storm(chat_id, payload["site"], payload["group_ids"])
        seen = _seen(chat_id, reader, storm)
        if not seen:
            return None
        if storm.message_id is not None and await self._edited(chat_id, storm.message_id, seen, said):
            if not payload["loud"]:
                return None
            below = ReplyParameters(message_id=storm.message_id, allow_sending_without_reply=True)
            sound = views.ping(seen, said.text)
            return await post(
                message, SendMessage(chat_id=chat_id, text=sound, reply_parameters=below, parse_mode=None)
            )
        words = views.message(seen, await self._worst(seen), said.text, said.zone)
        method = SendMessage(
            chat_id=chat_id,
            message_thread_id=await self._cards.topic(chat_id),
            text=words.text,
            entities=list(words.entities),
            parse_mode=None,
            reply_markup=views.keyboard(seen, said.text),
        )
        number = await post(message, method)
        await self._storms.placed(chat_id, number, seen)
        return number

    async def refresh(self, chat_id: int, message_id: int, reader: Actor | None, said: Said) -> None:
        """Bring a storm's message up to date; one that is gone stays so."""
        storm = await self._storms.standing(chat_id, message_id)
        if seen := _seen(chat_id, reader, storm):
            await self._edited(chat_id, message_id, seen, said)

    async def _edited(self, chat_id: int, message_id: int, seen: list[Plight], said: Said) -> bool:
        words = views.message(seen, await self._worst(seen), said.text, said.zone)
        keyboard = views.keyboard(seen, said.text)
        try:
            await send_formatted(self._bot, chat_id, words, keyboard, replacing=message_id)
        except TelegramBadRequest as error:
            if any(sign in error.message for sign in GONE):
                return False
            raise
        await self._storms.placed(chat_id, message_id, seen)
        return True

    async def _worst(self, seen: list[Plight]) -> list[Card]:
        cards = [await self._cards.as_of(plight.group_id, plight.revision) for plight in seen[: views.MOST_LINES]]
        return [card for card in cards if card is not None]


def _seen(chat_id: int, reader: Actor | None, storm: Storm) -> list[Plight]:
    return [plight for plight in storm.plights if may_see(chat_id, reader, plight)]
