"""The one place where clients of Redis are made: none of them waits for ever for a server that has fallen silent.

A server that is stopped, swapping, or behind a network that drops packets accepts connections and answers nothing.
Without a time limit whoever asks it hangs as long as it does; with one they get an error, as when it is down, and do
what they do then. Nothing is tried twice here: a command that timed out may have been carried out.
"""

import socket
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis

ANSWERS_WITHIN_S = 5.0
"""Far above what a healthy server needs, also on a machine that is busy. Reads that block must ask for less; whoever
listens must look for itself."""
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

    What it is asked raises `redis.exceptions.TimeoutError`, a `RedisError`, after `ANSWERS_WITHIN_S` of silence.
    """
    client: Redis = Redis.from_url(url, **connection_options(url), **more)
    return client
