"""Index versions on disk: `v_<version>/` written whole or not at all, and one pointer that names the current one."""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import ClassVar

import orjson

from core.errors import ConflictError, NotFoundError, UnavailableError

METADATA = "metadata.json"
_POINTER = "CURRENT"
_TEMPORARY = ".building-"
_FOLDER = re.compile(r"v_([1-9]\d*)")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HASH_BLOCK = 1 << 20


class IndexNotFoundError(NotFoundError):
    """No such index version."""

    key: ClassVar[str] = "rag-index-not-found"


class IndexCorruptError(UnavailableError):
    """An index version on disk is damaged."""

    key: ClassVar[str] = "rag-index-corrupt"


class IndexMismatchError(ConflictError):
    """An index version was built by another embedding model, dimension, metric or chunker."""

    key: ClassVar[str] = "rag-index-mismatch"


class StorageError(UnavailableError):
    """The index folder can't be written."""

    key: ClassVar[str] = "rag-storage-failed"


class StorageFullError(StorageError):
    """No space left for the index; the versions that are there stay as they are."""

    key: ClassVar[str] = "rag-storage-full"


@dataclass(frozen=True, slots=True)
class IndexMetadata:
    """What `metadata.json` says. `checksums` are SHA-256 by file name; `created_at` is ISO 8601."""

    version: int
    fingerprint: str
    model: str
    dimension: int
    metric: str
    query_prefix: str
    passage_prefix: str
    chunker: str
    documents: int
    passages: int
    created_at: str
    checksums: dict[str, str]


class LocalStorageBackend:
    """Versions in a local folder. A lock file serialises writers; readers need none, for a version never changes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def versions(self) -> list[int]:
        """Return the whole versions, oldest first."""
        if not self.root.is_dir():
            return []
        found = (_FOLDER.fullmatch(path.name) for path in self.root.iterdir() if (path / METADATA).is_file())
        return sorted(int(match[1]) for match in found if match)

    def current(self) -> int | None:
        """Return the active version."""
        return next(iter(self._history()), None)

    def previous(self) -> int | None:
        """Return the version that `rollback` would make current."""
        present = set(self.versions())
        return next((version for version in self._history()[1:] if version in present), None)

    def next_version(self) -> int:
        """Return a number above every version that is or was current."""
        return max([0, *self.versions(), *self._history()]) + 1

    def write(self, metadata: IndexMetadata, save: Callable[[Path], None]) -> IndexMetadata:
        """Write a version: `save` fills a temporary folder, which gets checksums, is flushed to disk and renamed.

        Raises:
            ConflictError: the version exists.
            StorageFullError, StorageError: the disk refused; nothing of the attempt is left.
        """
        with self._writing():
            target = self._folder(metadata.version)
            if target.exists():
                raise ConflictError(f"index version {metadata.version} exists")
            temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.root))
            try:
                save(temporary)
                checksums = {path.name: _checksum(path) for path in sorted(temporary.iterdir())}
                whole = IndexMetadata(**(asdict(metadata) | {"checksums": checksums}))
                (temporary / METADATA).write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
                for path in temporary.iterdir():
                    _flush(path)
                temporary.chmod(0o755)
                _flush(temporary)
                temporary.rename(target)
                _flush(self.root)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
            return whole

    def metadata(self, version: int) -> IndexMetadata:
        """Return the version's metadata.

        Raises:
            IndexNotFoundError, IndexCorruptError
        """
        try:
            raw = orjson.loads((self._folder(version) / METADATA).read_bytes())
            return IndexMetadata(**{field.name: raw[field.name] for field in fields(IndexMetadata)})
        except FileNotFoundError:
            raise IndexNotFoundError(f"no index version {version}", version=version) from None
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise IndexCorruptError(f"index version {version}: bad metadata: {error}", version=version) from error

    def read(self, version: int, name: str, checksum: str) -> bytes:
        """Return a file of the version.

        Raises:
            IndexCorruptError: it is missing, or not what was written.
        """
        try:
            data = (self._folder(version) / name).read_bytes()
        except FileNotFoundError:
            raise IndexCorruptError(f"index version {version}: {name} is missing", version=version) from None
        if hashlib.sha256(data).hexdigest() != checksum:
            raise IndexCorruptError(f"index version {version}: {name} has another checksum", version=version)
        return data

    def activate(self, version: int) -> None:
        """Make `version` current.

        Raises:
            IndexNotFoundError, IndexCorruptError, StorageError
        """
        self.metadata(version)
        with self._writing():
            self._point([version, *(other for other in self._history() if other != version)])

    def rollback(self) -> int:
        """Make the version before the current one current again, and return it.

        Raises:
            IndexNotFoundError: there is none.
        """
        with self._writing():
            previous = self.previous()
            if previous is None:
                raise IndexNotFoundError("no earlier index version to return to", version=0)
            history = self._history()
            self._point(history[history.index(previous) :])
            return previous

    def prune(self, keep: int) -> list[int]:
        """Remove all but the newest `keep` versions, the current one and the one before it; return what went."""
        with self._writing():
            versions = self.versions()
            kept = {*versions[-keep:], self.current(), self.previous()}
            gone = [version for version in versions if version not in kept]
            for version in gone:
                # Renamed first, so that a kill in the middle leaves no half version behind.
                doomed = self._folder(version).rename(self.root / f"{_TEMPORARY}removed-{version}")
                shutil.rmtree(doomed)
            return gone

    def recover(self) -> None:
        """Remove what killed builds left behind. Every write does this first."""
        if self.root.is_dir():
            with self._writing():
                pass

    def _folder(self, version: int) -> Path:
        return self.root / f"v_{version}"

    def _history(self) -> list[int]:
        """Return versions that have been current, the current one first."""
        try:
            lines = (self.root / _POINTER).read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []
        return [int(match[1]) for line in lines if (match := _FOLDER.fullmatch(line))]

    def _point(self, history: list[int]) -> None:
        text = "".join(f"v_{version}\n" for version in history[:50])
        temporary = self.root / f"{_TEMPORARY}pointer"
        temporary.write_text(text, encoding="ascii")
        _flush(temporary)
        temporary.rename(self.root / _POINTER)
        _flush(self.root)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the writers' lock (the kernel drops it when a process dies) and name the disk's refusals."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with (self.root / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for leftover in self.root.glob(f"{_TEMPORARY}*"):
                    if leftover.is_dir():
                        shutil.rmtree(leftover)
                    else:
                        leftover.unlink()
                yield
        except OSError as error:
            if error.errno in _DISK_FULL:
                raise StorageFullError(f"no space left for the index in {self.root}") from error
            raise StorageError(f"the index folder {self.root} can't be written: {error.strerror}") from error


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _flush(path: Path) -> None:
    """Wait until the file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
