"""The one place where clients of Redis are made: none of them waits for ever for a server that has fallen silent.

A server that is stopped, swapping, or behind a network that drops packets accepts connections and answers nothing.
Without a time limit whoever asks it hangs as long as it does; with one they get an error, as when it is down, and do
what they do then. After one of them has waited in vain, the client's others fail at once for a while: an update or a
question asks several times, and would wait that often. Nothing is tried twice here: what timed out may have been done.
"""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

ANSWERS_WITHIN_S = 5.0
"""Far above what a healthy server needs, also on a machine that is busy. Reads that block must ask for less; whoever
listens must look for itself."""
SPARED_S = 5.0
"""How long a server that let somebody wait in vain is not asked again."""
_KEEPALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""Seconds, seconds, times: a peer that vanished is found out within a minute, also by those who only listen."""


def connection_options(url: str) -> dict[str, Any]:
    """Return what every connection to `url` is made with."""
    options: dict[str, Any] = {"socket_timeout": ANSWERS_WITHIN_S, "socket_connect_timeout": ANSWERS_WITHIN_S}
    if urlsplit(url).scheme != "unix":
        options |= {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
    return options


def connect(url: str, **more: Any) -> Redis:
    """Return a client of the server at `url`; it connects when it is first used.

    What it is asked raises a `RedisError` after `ANSWERS_WITHIN_S` of silence, and at once for `SPARED_S` after that.
    """
    pool = ConnectionPool.from_url(url, **connection_options(url), **more)
    pool.connection_class = _noticing(pool.connection_class, _Silence())
    return Redis.from_pool(pool)


class _Silence:
    """Until when the server is not asked."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def begin(self) -> None:
        self._until = asyncio.get_running_loop().time() + SPARED_S

    def check(self) -> None:
        if asyncio.get_running_loop().time() < self._until:
            raise RedisConnectionError("the server did not answer just now")


def _cancellations() -> int:
    """Return how often the current task was asked to end."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def _noticing(kind: Any, silence: _Silence) -> Any:
    """Return connections of this kind that tell each other of a silence."""

    class Noticing(kind):  # type: ignore[misc]
        async def connect(self, *args: Any, **more: Any) -> Any:
            if not self.is_connected:
                silence.check()
            return await super().connect(*args, **more)

        async def send_packed_command(self, *args: Any, **more: Any) -> None:
            silence.check()
            before = _cancellations()
            await super().send_packed_command(*args, **more)
            if _cancellations() > before:  # lost in the library's `wait_for`: python/cpython#86296, until Python 3.12
                await self.disconnect(nowait=True)
                raise asyncio.CancelledError

        async def read_response(self, *args: Any, **more: Any) -> Any:
            try:
                return await super().read_response(*args, **more)
            except RedisTimeoutError:
                silence.begin()
                raise

    return Noticing
