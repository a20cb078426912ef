"""File locks that say who uses a home folder. The kernel drops them with the process, so a kill leaves none behind."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
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
        self._file: IO[str] | None = None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Let one process at a time look whether the parts run and start them; then join their users."""
        with self._path.with_suffix(".start").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
            self._file = self._path.open("a")
            fcntl.flock(self._file, fcntl.LOCK_SH)

    @contextmanager
    def leaving(self) -> Iterator[bool]:
        """Leave; yields whether nobody else is left, so that the parts may be stopped now."""
        with self._path.with_suffix(".start").open("a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            if self._file is None:
                yield True
                return
            try:
                yield _try(self._file, fcntl.LOCK_EX)
            finally:
                self._file.close()
                self._file = None


def _try(file: IO[str], operation: int) -> bool:
    try:
        fcntl.flock(file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
