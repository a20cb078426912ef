"""Index versions where several machines find them: any place that fsspec reaches, such as `s3://bucket/prefix`.

Files of a version are fetched once, checked, and kept on this machine. The metadata is uploaded last, and one object is
all that a switch writes: readers see a version whole or not at all.
"""

import posixpath
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from core.errors import ConflictError, HydrodiagError
from core.rag.storage import LocalStorageBackend
from core.rag.versions import (
    METADATA,
    POINTER,
    IndexCorruptError,
    IndexMetadata,
    IndexNotFoundError,
    IndexStorage,
    StorageError,
    checksum_of,
    finish,
    folder_name,
    number_of,
)

log = structlog.get_logger(__name__)

_PART = ".part-"
"""What is being uploaded, or fetched, under this name."""


class SharedStorageBackend(IndexStorage):
    """Versions at `url`. It makes no lock: who builds or switches holds the database's (`core.rag.books.alone`)."""

    def __init__(self, url: str, kept: Path) -> None:
        self._url = url
        self._kept = kept

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """The file system and the path of our folder in it; imported late, for most installations never need it."""
        try:
            from fsspec.core import url_to_fs

            fs, root = url_to_fs(self._url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise StorageError(f"RAG__INDEX_URL={self._url} can't be used: {error}") from error
        return fs, root.rstrip("/")

    def versions(self) -> list[int]:
        """Return the whole versions, oldest first."""
        with self._reaching():
            return sorted(version for version in self._folders() if self._fs.exists(self._path(version, METADATA)))

    def metadata(self, version: int) -> IndexMetadata:
        """Return the version's metadata.

        Raises:
            IndexNotFoundError, IndexCorruptError, StorageError
        """
        with self._reaching():
            try:
                data = self._fs.cat_file(self._path(version, METADATA))
            except FileNotFoundError:
                raise IndexNotFoundError(f"no index version {version}", version=version) from None
        return IndexMetadata.from_json(data, version)

    def file(self, version: int, name: str, checksum: str) -> Path:
        """Return the path of this machine's copy of the file; it is fetched where there is none, or a damaged one.

        Raises:
            IndexCorruptError: it is missing, or not what was written.
            StorageError
        """
        path = self._kept / checksum / name
        if path.is_file() and checksum_of(path) == checksum:
            return path
        part = self._kept / f"{_PART}{uuid4().hex}"
        try:
            with self._reaching():
                self._kept.mkdir(parents=True, exist_ok=True)
                try:
                    self._fs.get_file(self._path(version, name), str(part))
                except FileNotFoundError:
                    raise IndexCorruptError(f"index version {version}: {name} is missing", version=version) from None
                if checksum_of(part) != checksum:
                    raise IndexCorruptError(f"index version {version}: {name} has another checksum", version=version)
                path.parent.mkdir(exist_ok=True)
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        log.info("index file fetched", version=version, file=name)
        with suppress(HydrodiagError):
            self._tidy()
        return path

    def write(self, metadata: IndexMetadata, save: Callable[[Path], None]) -> IndexMetadata:
        """Write a version: `save` fills a folder here, which gets checksums and is uploaded, its metadata last.

        Raises:
            ConflictError: the version exists.
            StorageError: the place refused; what was uploaded goes with the next write.
        """
        with self._writing(), tempfile.TemporaryDirectory(prefix="hydrodiag-index-") as made:
            folder = Path(made)
            if self._fs.exists(self._path(metadata.version, METADATA)):
                raise ConflictError(f"index version {metadata.version} exists")
            save(folder)
            whole = finish(folder, metadata)
            self._fs.makedirs(self._path(metadata.version), exist_ok=True)
            for name in whole.checksums:
                self._fs.put_file(str(folder / name), self._path(metadata.version, name))
            self._put(self._path(metadata.version, METADATA), whole.to_json())
            return whole

    def _tidy(self) -> None:
        """Remove this machine's copies of files that no version has any more."""
        used = {checksum for version in self.versions() for checksum in self.metadata(version).checksums.values()}
        for copy in self._kept.glob("[!.]*"):
            if copy.name not in used:
                shutil.rmtree(copy, ignore_errors=True)

    @property
    def _fs(self) -> Any:
        return self._place[0]

    def _path(self, version: int, *names: str) -> str:
        return posixpath.join(self._place[1], folder_name(version), *names)

    def _folders(self) -> list[int]:
        try:
            found = self._fs.ls(self._place[1], detail=False)
        except FileNotFoundError:
            return []
        numbers = (number_of(posixpath.basename(path.rstrip("/"))) for path in found)
        return [number for number in numbers if number is not None]

    def _put(self, path: str, data: bytes) -> None:
        """Write a small file in one step: under another name, then renamed, where writing is not one step by itself."""
        part = f"{path}{_PART}{uuid4().hex}"
        self._fs.pipe_file(part, data)
        self._fs.mv(part, path)

    def _remove(self, version: int) -> None:
        # The metadata first, so that a kill in the middle leaves no half version behind.
        self._fs.rm_file(self._path(version, METADATA))
        self._fs.rm(self._path(version), recursive=True)

    def _read_pointer(self) -> str:
        with self._reaching():
            try:
                return str(self._fs.cat_file(posixpath.join(self._place[1], POINTER)).decode("ascii"))
            except FileNotFoundError:
                return ""

    def _write_pointer(self, text: str) -> None:
        self._put(posixpath.join(self._place[1], POINTER), text.encode("ascii"))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Clear away what killed writers left: folders without metadata, and what has not got its name yet."""
        with self._reaching():
            self._fs.makedirs(self._place[1], exist_ok=True)
            for version in self._folders():
                if not self._fs.exists(self._path(version, METADATA)):
                    self._fs.rm(self._path(version), recursive=True)
            for part in self._fs.glob(posixpath.join(self._place[1], f"*{_PART}*")):
                self._fs.rm_file(part)
            yield

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Name the refusals of the place: each file system has errors of its own."""
        try:
            yield
        except HydrodiagError:
            raise
        except Exception as error:
            raise StorageError(f"the index at {self._url} can't be reached: {error}") from error


def create_storage(url: str, home: Path) -> IndexStorage:
    """Return the storage at `url`; without one, a folder in `home`."""
    if not url:
        return LocalStorageBackend(home / "index")
    return SharedStorageBackend(url, home / "index-copies")
