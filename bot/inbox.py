"""Updates in hand, kept in Redis until whoever sent them has been told the end.

Telegram forgets an update once it is fetched, or answered with a 2xx. So what was fetched is written down first; what a
killed process had in hand, another one (or its successor) takes up and handles again.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, cast

import orjson
import structlog
from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Update
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.observability import new_correlation_id

log = structlog.get_logger(__name__)
_KEPT = "hydrodiag:inbox"
_ALIVE = "hydrodiag:inbox:alive:"
_DONE = "hydrodiag:inbox:done:"
_DONE_S = 3600
_NOBODY = ""
_ALIVE_S, _EVERY_S = 15, 2.0
_AGAIN_S = 0.5
_BRIDGED_S = 10.0
"""A restart of Redis is waited for; without Redis for longer, updates are handled as they come."""
_MOST_TRIES = 3
"""What ended its process so often, or could not be told, is given up."""
_FAILURES = (RedisError, OSError)
_SWAP = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Orphan:
    """An update that nobody has in hand; `hopeless` after too many tries."""

    update: Update
    hopeless: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is kept of an update. The correlation id stays through all tries."""

    owner: str
    tries: int
    correlation_id: str
    update: dict[str, Any]


class Inbox:
    """The updates that this process has in hand, and those that others left."""

    def __init__(self, redis: Redis) -> None:
        self.open = True
        """Closed on the way out: what is in hand is finished, nothing more is taken up."""
        self._redis = redis
        self._me = secrets.token_hex(6)
        self._swap = redis.register_script(_SWAP)
        self._mine: dict[int, _Entry] = {}
        self._begun: set[int] = set()
        self._handled_before: set[int] = set()
        self._ended: dict[int, bool] = {}
        """Ends that Redis does not know of yet."""

    async def keep(self, updates: Sequence[Update]) -> None:
        """Write `updates` down before they are handled."""
        new = {
            update.update_id: _Entry(self._me, 1, new_correlation_id(), _plain(update))
            for update in updates
            if update.update_id not in self._mine
        }
        end = time.monotonic() + _BRIDGED_S
        while new:
            try:
                await self._write(new)
            except _FAILURES as error:
                if time.monotonic() > end:
                    log.error("updates are not kept", count=len(new), error=repr(error))
                    return
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    def keeps(self, update_id: int) -> bool:
        """Tell whether the update was kept, by this process."""
        return update_id in self._mine

    def correlation_id(self, update_id: int) -> str | None:
        """Return the correlation id of an update that this process keeps."""
        entry = self._mine.get(update_id)
        return entry.correlation_id if entry else None

    async def begin(self, update_id: int) -> bool:
        """Take a kept update in hand; False where it is in hand, or was handled, already: Telegram brought it again."""
        if update_id in self._handled_before:
            self._handled_before.discard(update_id)
            await self.finish(update_id, well=True)
            return False
        if update_id in self._begun:
            return False
        self._begun.add(update_id)
        return True

    async def finish(self, update_id: int, *, well: bool) -> None:
        """Forget an update that is handled; one that did not end well is left for another try."""
        self._ended[update_id] = well
        try:
            await self._settle()
        except _FAILURES as error:
            log.warning("updates handled are not noted yet", count=len(self._ended), error=repr(error))

    async def waiting(self) -> set[str]:
        """Return the correlation ids of all updates that somebody has, or will have, in hand; none without Redis."""
        try:
            return {entry.correlation_id for _, entry, _ in await self._all()}
        except _FAILURES:
            return set()

    async def run(self, take_up: Callable[[Orphan], None]) -> None:
        """Say that this process lives, and have it take up what others left, until cancelled."""
        try:
            while True:
                try:
                    await self.beat()
                    await self._settle()
                    for orphan in await self.orphans() if self.open else ():
                        take_up(orphan)
                except _FAILURES as error:
                    log.warning("the inbox can't be read", error=repr(error))
                await asyncio.sleep(_EVERY_S)
        finally:
            with suppress(*_FAILURES):
                await self._redis.delete(_ALIVE + self._me)

    async def beat(self) -> None:
        """Say that this process lives."""
        await self._redis.set(_ALIVE + self._me, b"1", ex=_ALIVE_S)

    async def orphans(self) -> list[Orphan]:
        """Take over the updates of processes that live no more, oldest first."""
        found = []
        for number, entry, raw in await self._all():
            if entry.owner == self._me or number in self._mine or await self._lives(entry.owner):
                continue
            hopeless = entry.tries >= _MOST_TRIES
            mine = replace(entry, owner=self._me, tries=entry.tries + 1)
            if await self._swap(keys=[_KEPT], args=[number, raw, b"" if hopeless else orjson.dumps(mine)]):
                if not hopeless:
                    self._mine[number] = mine
                found.append(Orphan(Update.model_validate(entry.update), hopeless))
        return found

    async def _all(self) -> list[tuple[int, _Entry, bytes]]:
        """Return what is kept, oldest first: number, entry, and the entry as it stands."""
        kept = await cast(Awaitable[dict[bytes, bytes]], self._redis.hgetall(_KEPT))
        found = [(int(number), _Entry(**orjson.loads(raw)), raw) for number, raw in kept.items()]
        return sorted(found, key=itemgetter(0))

    async def _lives(self, owner: str) -> bool:
        return bool(owner and await self._redis.exists(_ALIVE + owner))

    async def _write(self, new: dict[int, _Entry]) -> None:
        async with self._redis.pipeline() as pipe:
            pipe.hset(_KEPT, mapping={str(number): orjson.dumps(entry) for number, entry in new.items()})
            pipe.mget([f"{_DONE}{number}" for number in new])
            _, done = await pipe.execute()
        self._mine |= new
        self._handled_before |= {number for number, mark in zip(new, done, strict=True) if mark}

    async def _settle(self) -> None:
        for number, well in list(self._ended.items()):
            entry = self._mine.get(number)
            async with self._redis.pipeline() as pipe:
                if well or entry is None:
                    pipe.hdel(_KEPT, str(number))
                    pipe.set(f"{_DONE}{number}", b"1", ex=_DONE_S)
                else:
                    pipe.hset(_KEPT, mapping={str(number): orjson.dumps(replace(entry, owner=_NOBODY))})
                await pipe.execute()
            self._ended.pop(number, None)
            self._mine.pop(number, None)
            self._begun.discard(number)


class KeepUpdates(BaseRequestMiddleware):
    """Writes fetched updates down before anything else happens to them."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Let the request pass."""
        response = await make_request(bot, method)
        if isinstance(method, GetUpdates):
            fetched = response.result if isinstance(response, Response) else response
            if isinstance(fetched, list):
                await self._inbox.keep(fetched)
        return response


def _plain(update: Update) -> dict[str, Any]:
    """Return what Telegram sent; what it left out stands in aiogram's objects as marks that JSON has no word for."""
    plain: dict[str, Any] = orjson.loads(update.model_dump_json(exclude_unset=True, by_alias=True))
    return plain
