"""What a health check measures, before anything is made of it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ServerState:
    """The PostgreSQL server as a whole; `skew` is its clock minus ours, `blockers` the processes others wait for."""

    database_bytes: int
    connections: int
    max_connections: int
    waiting_locks: int
    skew: timedelta
    longest_wait: timedelta = timedelta(0)
    blockers: str = ""


@dataclass(frozen=True, slots=True)
class Bloat:
    """A table, or a chunk, with many dead rows."""

    table: str
    dead: int
    live: int


@dataclass(frozen=True, slots=True)
class FailedOperation:
    """An operation that was the last of its kind on its table, and failed."""

    id: int
    kind: str
    table: str


@dataclass(frozen=True, slots=True)
class RedisState:
    """Redis or Valkey (`product`); `version` is None where it does not answer, `error` says why."""

    version: str | None
    used_bytes: int = 0
    product: str = "Redis"
    error: str = ""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A queue: whether its worker lives, and how many jobs wait."""

    queue: str
    alive: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class DatabaseJob:
    """A background job of TimescaleDB's that failed last time."""

    id: int
    name: str
    error: str
