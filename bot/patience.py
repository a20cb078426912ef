"""Requests that answer somebody are repeated while the Bot API is in trouble: giving up would leave them in silence.

Whoever works for somebody who waits says so with `patient`; tasks started meanwhile inherit it. Previews and the
delivery of the outbox, which come again anyway, say the opposite, or nothing.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

import structlog
from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.methods import AnswerCallbackQuery, Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.pace import Urgency, urgency

log = structlog.get_logger(__name__)
OUTAGES = (TelegramRetryAfter, TelegramNetworkError, TelegramServerError)
"""What passes: too many requests, no connection or no answer, a fault of the server's."""
_TOO_OLD = "query is too old"
_LONGEST_S = 300.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0
_patient: ContextVar[bool] = ContextVar("patient", default=False)


@contextmanager
def patient(yes: bool = True) -> Iterator[None]:
    """Repeat requests inside, or don't."""
    token = _patient.set(yes)
    try:
        yield
    finally:
        _patient.reset(token)


def be_patient() -> None:
    """Repeat requests from now on, in this task and those that it starts."""
    _patient.set(True)


class Patience(BaseRequestMiddleware):
    """Repeats a request for up to five minutes. One whose answer was lost is carried out twice: better than never.

    A tap that nobody waits for any more needs no answer, but what it asked for is still to be done.
    """

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request until it is answered; an outage that lasts is raised as it is."""
        pause, end = _FIRST_PAUSE_S, asyncio.get_running_loop().time() + _LONGEST_S
        while True:
            try:
                return await make_request(bot, method)
            except TelegramBadRequest as error:
                if not (isinstance(method, AnswerCallbackQuery) and _TOO_OLD in error.message):
                    raise
                log.info("late tap", error=error.message)
                return cast("Response[TelegramType]", True)
            except OUTAGES as error:
                wait = float(error.retry_after) if isinstance(error, TelegramRetryAfter) else pause
                patiently = _patient.get() and urgency() is not Urgency.DELIVERY
                if not patiently or asyncio.get_running_loop().time() + wait > end:
                    raise
                log.info("the Bot API is in trouble", method=type(method).__name__, error=str(error), again_in_s=wait)
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
