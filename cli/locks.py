"""File locks that say who uses a home folder. The kernel drops them with the process, so a kill leaves none behind."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

from core.errors import ConflictError


class AlreadyRunningError(ConflictError):
    """Hydrodiag is already running with this home folder."""

    key = "error-conflict"


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold `path` alone.

    Raises:
        AlreadyRunningError: another process holds it.
    """
    with path.open("a") as file:
        if not _try(file, fcntl.LOCK_EX):
            raise AlreadyRunningError(
                f"Hydrodiag is already running with {path.parent}. Stop it, or set HYDRODIAG_HOME."
            )
        yield


class SharedUse:
    """Counts, through shared locks, the processes that use the embedded parts of one home folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gate = path.with_suffix(".start")
        self._file: IO[str] | None = None

    @contextmanager
    def joining(self) -> Iterator[None]:
        """Let one process at a time look whether the parts run and start them; then count as one of their users."""
        with self._gate.open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
            self._file = self._path.open("a")
            fcntl.flock(self._file, fcntl.LOCK_SH)

    @asynccontextmanager
    async def leaving(self, patience_s: float) -> AsyncIterator[None]:
        """Leave. Whoever started the parts stops them inside: it waits `patience_s` seconds for the others first."""
        with self._gate.open("a") as gate, self._file or nullcontext():
            await asyncio.to_thread(fcntl.flock, gate, fcntl.LOCK_EX)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    while self._file and not _try(self._file, fcntl.LOCK_EX):  # noqa: ASYNC110 - flock can't be awaited
                        await asyncio.sleep(0.1)
            yield


def _try(file: IO[str], operation: int) -> bool:
    try:
        fcntl.flock(file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
