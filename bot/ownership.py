"""Whose buttons: in a group, those under a message that the bot wrote for somebody work for nobody else."""

from contextvars import ContextVar
from typing import Any, cast

import structlog
from aiogram import BaseMiddleware, Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.enums import ChatType
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, TelegramObject
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.middlewares.in_flight import Handler

log = structlog.get_logger(__name__)
_PREFIX = "hydrodiag:owner:"
_KEEP_S = 48 * 3600
"""Telegram lets bots edit their messages for that long."""
_author: ContextVar[int | None] = ContextVar("author", default=None)


def working_for(user_id: int | None) -> None:
    """Note for whom this task writes from now on; None: for the whole chat."""
    _author.set(user_id)


class Ownership(BaseRequestMiddleware):
    """Notes the owner of each message with buttons that goes into a group."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType]:
        """Make the request, then look at what it sent."""
        sent: Any = await make_request(bot, method)
        owner = _author.get()
        with_buttons = isinstance(getattr(method, "reply_markup", None), InlineKeyboardMarkup)
        if owner is not None and with_buttons and isinstance(sent, Message) and sent.chat.type != ChatType.PRIVATE:
            await self._note(sent, owner)
        return cast("Response[TelegramType]", sent)

    async def _note(self, message: Message, owner: int) -> None:
        try:
            await self._redis.set(_key(message), owner, ex=_KEEP_S, nx=True)
        except (RedisError, OSError) as error:
            log.warning("owner of buttons not noted", error=repr(error))


class OwnButtons(BaseMiddleware):
    """Lets a button in a group through for its owner only."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle the tap if it is the owner's."""
        if not isinstance(event, CallbackQuery) or event.message is None:
            return await handler(event, data)
        if event.message.chat.type != ChatType.PRIVATE:
            owner = await self._redis.get(_key(event.message))
            if owner is not None and int(owner) != event.from_user.id:
                return await event.answer(data["text"]("error-not-your-button"), show_alert=True)
        return await handler(event, data)


def _key(message: Any) -> str:
    return f"{_PREFIX}{message.chat.id}:{message.message_id}"
