"""Requests to the Bot API, counted by what became of them."""

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from core.metrics import TELEGRAM_REQUESTS

_OUTCOMES: tuple[tuple[type[TelegramAPIError], str], ...] = (
    (TelegramRetryAfter, "limited"),
    (TelegramForbiddenError, "forbidden"),
    (TelegramServerError, "failed"),
    (TelegramNetworkError, "unreachable"),
)


class RequestMeter(BaseRequestMiddleware):
    """Counts; changes nothing."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Let the request pass."""
        try:
            response = await make_request(bot, method)
        except TelegramAPIError as error:
            TELEGRAM_REQUESTS.labels(
                next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "refused")
            ).inc()
            raise
        TELEGRAM_REQUESTS.labels("ok").inc()
        return response
