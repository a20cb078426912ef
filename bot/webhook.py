"""Updates that Telegram brings, to any of several processes: from nobody else, each handled once, none lost.

Telegram repeats an update until it is answered with a 2xx. So it is answered when it has been handled; one that another
process has in hand, or that comes while this one is on its way out, is refused and comes again.
"""

import secrets
from collections.abc import Callable

import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Update
from aiohttp import web
from pydantic import SecretStr, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.inbox import Inbox

log = structlog.get_logger(__name__)
HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_UPDATE_BYTES = 1 << 20
_PREFIX = "hydrodiag:update:"
_IN_HAND, _DONE = b"in hand", b"done"
_IN_HAND_S = 120
"""A killed process holds an update for that long; nothing that a handler does takes longer."""
_DONE_S = 24 * 3600
"""Telegram gives an update up after that."""


class Webhook:
    """Takes updates in while `accepting` says so."""

    def __init__(
        self,
        bot: Bot,
        dispatcher: Dispatcher,
        redis: Redis,
        inbox: Inbox,
        secret: SecretStr,
        accepting: Callable[[], bool],
    ) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._redis = redis
        self._inbox = inbox
        self._secret = secret.get_secret_value().encode()
        self._accepting = accepting

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one POST of Telegram's.

        Raises:
            HTTPUnauthorized: without the secret.
            HTTPServiceUnavailable: not now.
            HTTPRequestEntityTooLarge
        """
        given = request.headers.get(HEADER, "").encode("utf-8", "surrogateescape")
        if not secrets.compare_digest(given, self._secret):
            raise web.HTTPUnauthorized
        if not self._accepting():
            raise web.HTTPServiceUnavailable
        try:
            update = Update.model_validate_json(await request.read(), context={"bot": self._bot})
        except ValidationError as error:  # it will not get better by being repeated
            log.warning("malformed update dropped", faults=error.error_count())
            return web.Response()
        try:
            await self._once(update)
        except (RedisError, OSError) as error:
            log.warning("update not taken", update=update.update_id, error=repr(error))
            raise web.HTTPServiceUnavailable from None
        return web.Response()

    async def _once(self, update: Update) -> None:
        key = f"{_PREFIX}{update.update_id}"
        before = await self._redis.set(key, _IN_HAND, nx=True, get=True, ex=_IN_HAND_S)
        if before == _DONE:
            return
        if before is not None:
            raise web.HTTPServiceUnavailable
        await self._inbox.keep([update])
        await self._feed(update)
        await self._redis.set(key, _DONE, ex=_DONE_S)

    async def _feed(self, update: Update) -> None:
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except Exception:  # the error router has told the user what could be told
            log.exception("update not handled", update=update.update_id)
