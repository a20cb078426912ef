"""How far a job is, told from the worker to whoever waits in a chat: a line in Redis that the worker writes over."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.errors import HydrodiagError, UnavailableError
from core.supervisor import Supervisor

log = structlog.get_logger(__name__)

_KEY = "hydrodiag:progress:"
_CANCEL = "hydrodiag:cancel:"
_EVERY_S = 1.0
_ALIVE_S = 15
"""A report of a running job that is not renewed for so long is forgotten: its worker is gone."""
_REMEMBERED_S = 3600

Report = Callable[[str, int, int], None]
"""Called with a step, how much of it is done and how much there is; from any thread."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """Where a job stands. `result` is what it came to, `error` the message key of what went wrong."""

    state: Literal["running", "done", "failed", "cancelled"] = "running"
    step: str = ""
    done: int = 0
    total: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    error: str = ""


class ProgressBoard:
    """Where jobs report. A convenience: without Redis nobody is told, and the job goes on."""

    def __init__(self, redis: Redis, supervisor: Supervisor) -> None:
        self._redis = redis
        self._supervisor = supervisor

    async def read(self, name: str) -> JobProgress | None:
        """Return the last report of job `name`; None before it starts, and some seconds after its worker died."""
        try:
            raw = await self._redis.get(_KEY + name)
        except (RedisError, OSError) as error:
            log.warning("progress can't be read", job=name, error=repr(error))
            return None
        return JobProgress(**orjson.loads(raw)) if raw else None

    async def cancel(self, name: str) -> None:
        """Ask whoever does job `name`, or will, to give it up.

        Raises:
            UnavailableError: Redis can't be asked.
        """
        try:
            await self._redis.set(_CANCEL + name, b"1", ex=_REMEMBERED_S)
        except (RedisError, OSError) as error:
            raise UnavailableError(f"{name} can't be cancelled: {error}") from error

    async def forget(self, name: str) -> None:
        """Forget how job `name` ended the last time, and that somebody wanted it given up."""
        try:
            await self._redis.delete(_KEY + name, _CANCEL + name)
        except (RedisError, OSError) as error:
            log.warning("progress can't be forgotten", job=name, error=repr(error))

    @asynccontextmanager
    async def reporting(self, name: str) -> AsyncIterator["Reporter"]:
        """Write out, once a second, what the reporter is told; at the end, how it ended.

        What is done inside is cancelled when `cancel` asks for it; that ends the block without an error.
        """
        reporter, work, asked = Reporter(), asyncio.current_task(), asyncio.Event()

        async def keep_writing() -> None:
            while True:
                await self._write(name, reporter.progress, _ALIVE_S)
                if work is not None and not asked.is_set() and await self._asked_to_cancel(name):
                    asked.set()
                    work.cancel()
                await asyncio.sleep(_EVERY_S)

        writing = self._supervisor.start(keep_writing(), name=f"progress of {name}")
        try:
            yield reporter
        except HydrodiagError as error:
            reporter.progress = JobProgress("failed", error=error.key)
            raise
        except Exception:
            reporter.progress = JobProgress("failed", error=HydrodiagError.key)
            raise
        except asyncio.CancelledError:
            if not asked.is_set() or work is None or work.uncancel():  # somebody else wants an end as well
                raise
            reporter.progress = replace(reporter.progress, state="cancelled")
        else:
            reporter.progress = replace(reporter.progress, state="done")
        finally:
            writing.cancel()
            await asyncio.wait({writing})
            ended = reporter.progress.state != "running"
            await self._write(name, reporter.progress, _REMEMBERED_S if ended else _ALIVE_S)

    async def _asked_to_cancel(self, name: str) -> bool:
        try:
            return bool(await self._redis.getdel(_CANCEL + name))
        except (RedisError, OSError):
            return False

    async def _write(self, name: str, progress: JobProgress, lifetime_s: int) -> None:
        try:
            await self._redis.set(_KEY + name, orjson.dumps(progress), ex=lifetime_s)
        except (RedisError, OSError) as error:
            log.warning("progress can't be written", job=name, error=repr(error))


class Reporter:
    """What a job calls as it goes."""

    def __init__(self) -> None:
        self.progress = JobProgress()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take note of a step."""
        self.progress = replace(self.progress, step=step, done=done, total=total)

    def result(self, **values: Any) -> None:
        """Take note of what the job came to."""
        self.progress = replace(self.progress, result=values)
