"""Index versions: what each says about itself, and what every place that keeps them does alike."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import orjson

from core.errors import ConflictError, NotFoundError, UnavailableError
from core.rag.vector_store import VectorFiles, VectorStore

METADATA = "metadata.json"
POINTER = "CURRENT"
_FOLDER = re.compile(r"v_([1-9]\d*)")
_HISTORY = 50
_HASH_BLOCK = 1 << 20


class IndexNotFoundError(NotFoundError):
    """No such index version."""

    key: ClassVar[str] = "rag-index-not-found"


class IndexCorruptError(UnavailableError):
    """An index version in storage is damaged."""

    key: ClassVar[str] = "rag-index-corrupt"


class IndexMismatchError(ConflictError):
    """An index version was built by another embedding model, dimension, metric or chunker."""

    key: ClassVar[str] = "rag-index-mismatch"


class StorageError(UnavailableError):
    """The place where the index is kept can't be used."""

    key: ClassVar[str] = "rag-storage-failed"


class StorageFullError(StorageError):
    """No space left for the index; the versions that are there stay as they are."""

    key: ClassVar[str] = "rag-storage-full"


@dataclass(frozen=True, slots=True)
class IndexMetadata:
    """What `metadata.json` says.

    `index` are the parameters of the vector index, `tokenizer` names the way in which terms were counted,
    `calibration` are the gate's weights, `size` is in bytes, `checksums` are SHA-256 by file name, `created_at` is
    ISO 8601.
    """

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
    index: dict[str, Any] = field(default_factory=dict)
    tokenizer: str = ""
    calibration: dict[str, Any] = field(default_factory=dict)
    size: int = 0

    def to_json(self) -> bytes:
        """Return the file's content."""
        return orjson.dumps(self, option=orjson.OPT_INDENT_2)

    @property
    def identity(self) -> str:
        """SHA-256 of the file, hex: unlike a number, it never names another version, wherever versions are kept."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @classmethod
    def from_json(cls, data: bytes, version: int) -> "IndexMetadata":
        """Read the file of `version`.

        Raises:
            IndexCorruptError: it says something else.
        """
        try:
            raw = orjson.loads(data)
            needed = {one.name for one in fields(cls) if one.default is MISSING and one.default_factory is MISSING}
            if missing := needed - raw.keys():
                raise ValueError(f"{', '.join(sorted(missing))} missing")
            found = cls(**{one.name: raw[one.name] for one in fields(cls) if one.name in raw})
        except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
            raise IndexCorruptError(f"index version {version}: bad metadata: {error}", version=version) from error
        if found.version != version:
            raise IndexCorruptError(f"index version {version}: metadata of version {found.version}", version=version)
        return found


class IndexStorage(ABC):
    """Where index versions are kept, and one pointer that names the current one.

    A version is written whole or not at all and never changes; the pointer is switched in one step. Readers need no
    lock. The pointer is a list of versions that have been current, the current one first. Vectors may lie elsewhere.
    """

    vectors: VectorStore = VectorFiles()

    @abstractmethod
    def versions(self) -> list[int]:
        """Return the whole versions, oldest first."""

    @abstractmethod
    def metadata(self, version: int) -> IndexMetadata:
        """Return the version's metadata.

        Raises:
            IndexNotFoundError, IndexCorruptError
        """

    @abstractmethod
    def file(self, version: int, name: str, checksum: str) -> Path:
        """Return the path of a file of the version on this machine, its content checked.

        Raises:
            IndexCorruptError: it is missing, or not what was written.
        """

    @abstractmethod
    def write(self, metadata: IndexMetadata, save: Callable[[Path], None]) -> IndexMetadata:
        """Write a version: `save` fills a temporary folder, whose files get checksums and become the version.

        Raises:
            ConflictError: the version exists.
            StorageFullError, StorageError: the attempt failed; nobody sees anything of it.
        """

    @abstractmethod
    def _writing(self) -> AbstractContextManager[None]:
        """Be the only writer, clear away what killed writers left, and name the refusals of the place."""

    @abstractmethod
    def _read_pointer(self) -> str: ...

    @abstractmethod
    def _write_pointer(self, text: str) -> None: ...

    @abstractmethod
    def _remove(self, version: int) -> None: ...

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
                self._remove(version)
            self.vectors.sweep(self._files(version) for version in self.versions())
            return gone

    def recover(self) -> None:
        """Clear away what killed writers left."""
        with self._writing():
            pass

    def _files(self, version: int) -> dict[str, Path]:
        checksums = self.metadata(version).checksums
        return {name: self.file(version, name, checksums[name]) for name in self.vectors.names if name in checksums}

    def _history(self) -> list[int]:
        return [number for line in self._read_pointer().split() if (number := number_of(line)) is not None]

    def _point(self, history: list[int]) -> None:
        self._write_pointer("".join(f"{folder_name(version)}\n" for version in history[:_HISTORY]))


def folder_name(version: int) -> str:
    """Return the name of a version's folder."""
    return f"v_{version}"


def number_of(name: str) -> int | None:
    """Return the version whose folder has this name."""
    match = _FOLDER.fullmatch(name)
    return int(match[1]) if match else None


def finish(folder: Path, metadata: IndexMetadata) -> IndexMetadata:
    """Enter size and checksums of the files in `folder`, and write the metadata beside them."""
    files = sorted(folder.iterdir())
    written = {
        "checksums": {path.name: checksum_of(path) for path in files},
        "size": sum(path.stat().st_size for path in files),
    }
    whole = IndexMetadata(**(asdict(metadata) | written))
    (folder / METADATA).write_bytes(whole.to_json())
    return whole


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of the file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()
