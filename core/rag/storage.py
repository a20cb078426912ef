"""Index versions in a local folder: `v_<version>/` and the pointer `CURRENT`."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ConflictError
from core.rag.versions import (
    METADATA,
    POINTER,
    IndexCorruptError,
    IndexMetadata,
    IndexNotFoundError,
    IndexStorage,
    StorageError,
    StorageFullError,
    checksum_of,
    finish,
    folder_name,
    number_of,
)

_TEMPORARY = ".building-"
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LocalStorageBackend(IndexStorage):
    """Versions in a local folder. A lock file serialises writers; readers need none, for a version never changes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def versions(self) -> list[int]:
        """Return the whole versions, oldest first."""
        if not self.root.is_dir():
            return []
        found = (number_of(path.name) for path in self.root.iterdir() if (path / METADATA).is_file())
        return sorted(number for number in found if number is not None)

    def metadata(self, version: int) -> IndexMetadata:
        """Return the version's metadata.

        Raises:
            IndexNotFoundError, IndexCorruptError
        """
        try:
            data = (self._folder(version) / METADATA).read_bytes()
        except FileNotFoundError:
            raise IndexNotFoundError(f"no index version {version}", version=version) from None
        return IndexMetadata.from_json(data, version)

    def file(self, version: int, name: str, checksum: str) -> Path:
        """Return the path of a file of the version, its content checked.

        Raises:
            IndexCorruptError: it is missing, or not what was written.
        """
        path = self._folder(version) / name
        try:
            found = checksum_of(path)
        except FileNotFoundError:
            raise IndexCorruptError(f"index version {version}: {name} is missing", version=version) from None
        if found != checksum:
            raise IndexCorruptError(f"index version {version}: {name} has another checksum", version=version)
        return path

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
                whole = finish(temporary, metadata)
                for path in temporary.iterdir():
                    _flush(path)
                temporary.chmod(0o755)
                _flush(temporary)
                temporary.rename(target)
                _flush(self.root)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
            return whole

    def recover(self) -> None:
        """Clear away what killed writers left."""
        if self.root.is_dir():
            super().recover()

    def _folder(self, version: int) -> Path:
        return self.root / folder_name(version)

    def _remove(self, version: int) -> None:
        # Renamed first, so that a kill in the middle leaves no half version behind.
        shutil.rmtree(self._folder(version).rename(self.root / f"{_TEMPORARY}removed-{version}"))

    def _read_pointer(self) -> str:
        try:
            return (self.root / POINTER).read_text(encoding="ascii")
        except FileNotFoundError:
            return ""

    def _write_pointer(self, text: str) -> None:
        temporary = self.root / f"{_TEMPORARY}pointer"
        temporary.write_text(text, encoding="ascii")
        _flush(temporary)
        temporary.rename(self.root / POINTER)
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


def _flush(path: Path) -> None:
    """Wait until the file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
