"""Every request of the bot passes here: it waits for its place within Telegram's limits, and its message is noted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import ceil
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramBadRequest, TelegramRetryAfter
from aiogram.methods import (
    CopyMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    ForwardMessage,
    Response,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import Message

from bot.pace import Pace, Place, Urgency, urgency

_COUNTED = (
    SendMessage,
    SendPhoto,
    SendDocument,
    CopyMessage,
    ForwardMessage,
    EditMessageText,
    EditMessageCaption,
    EditMessageMedia,
)
_prepaid: ContextVar[list[Place] | None] = ContextVar("prepaid", default=None)


@contextmanager
def prepaid(place: Place) -> Iterator[None]:
    """Let the first request inside, to the chat of `place`, use that; it is given back if there is none."""
    token = _prepaid.set([place])
    try:
        yield
    finally:
        _prepaid.reset(token)
        place.give_back()


class Ledger(BaseRequestMiddleware):
    """Finds each request a place, tells the pace of refusals, and remembers the newest message of each chat.

    Private chats share one count of messages; a group has its own.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._newest: dict[int, int] = {}

    def newest(self, chat_id: int) -> int | None:
        """Return the newest message id that can stand before the next message of a chat."""
        return self._newest.get(chat_id if chat_id < 0 else 0)

    def remember(self, chat_id: int, message_id: int | None) -> None:
        """Take note of a message."""
        if message_id is not None:
            key = chat_id if chat_id < 0 else 0
            self._newest[key] = max(message_id, self._newest.get(key, 0))

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Let the request pass when it is its turn.

        Raises:
            TelegramRetryAfter: Telegram said so; or it is a preview, and there is no room for it now.
        """
        chat_id: Any = getattr(method, "chat_id", None)
        counts = isinstance(method, _COUNTED) and isinstance(chat_id, int)
        place = await self._place(method, chat_id) if counts else None
        try:
            response = await make_request(bot, method)
        except TelegramRetryAfter as error:
            if place is not None:
                self._pace.refused(place.chat_id, error.retry_after)
            raise
        except TelegramBadRequest:
            if place is not None:
                place.answered(arrived=False)
            raise
        finally:
            if place is not None:
                place.answered()
        result: Any = response.result if isinstance(response, Response) else response
        if isinstance(result, Message):
            self.remember(result.chat.id, result.message_id)
        return response

    async def _place(self, method: TelegramMethod[Any], chat_id: int) -> Place:
        paid = _prepaid.get()
        if paid and paid[0].chat_id == chat_id:
            return paid.pop()
        if urgency() is not Urgency.PREVIEW:
            return await self._pace.take(chat_id, urgency())
        place = self._pace.take_now(chat_id, Urgency.PREVIEW)
        if isinstance(place, Place):
            return place
        raise TelegramRetryAfter(method=method, message="no room for a preview", retry_after=ceil(place))
