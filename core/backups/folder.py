"""A backup on disk: one folder, whole or absent, that says what it holds and how to tell that it still does."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from core.errors import BadInputError, NotFoundError, UnavailableError
from core.rag.versions import checksum_of

DATABASE = "database.dump"
SETTINGS = "settings.json"
INDEX = "index"
_MANIFEST = "manifest.json"
_PREFIX, _TEMPORARY, _STAMP = "hydrodiag-", ".writing-", "%Y%m%dT%H%M%SZ"


class NoSuchBackupError(NotFoundError):
    """There is no whole backup there."""

    key = "error-backup-missing"


class BackupDamagedError(BadInputError):
    """The backup is not what was written."""

    key = "error-backup-damaged"


class BackupFolderError(UnavailableError):
    """The folder of the backups can't be written."""

    key = "error-backup-folder"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: software versions, rows by table, SHA-256 (hex) by file, the size in bytes."""

    created_at: datetime
    hydrodiag: str
    postgres: str
    timescale: str | None
    rows: dict[str, int]
    index_version: int | None
    files: dict[str, str] = field(default_factory=dict)
    size: int = 0


_MANIFESTS = TypeAdapter(Manifest)


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup."""

    folder: Path
    manifest: Manifest

    async def verify(self) -> None:
        """Compare every file with its checksum, off the event loop.

        Raises:
            BackupDamagedError: one is missing or has changed.
        """
        await asyncio.to_thread(self._verify)

    def _verify(self) -> None:
        for name, checksum in self.manifest.files.items():
            path = self.folder / name
            if not path.is_file() or checksum_of(path) != checksum:
                raise BackupDamagedError(f"{path} is missing or has changed", file=name)


def open_backup(folder: Path) -> Backup:
    """Return the backup in `folder`.

    Raises:
        NoSuchBackupError: there is none.
        BackupDamagedError: its manifest can't be read.
    """
    try:
        return Backup(folder, _MANIFESTS.validate_json((folder / _MANIFEST).read_bytes()))
    except OSError:
        raise NoSuchBackupError(f"no backup in {folder}", folder=str(folder)) from None
    except ValidationError as error:
        raise BackupDamagedError(f"{folder / _MANIFEST}: {error}", file=_MANIFEST) from None


def backups_in(root: Path) -> list[Backup]:
    """Return the whole backups in `root`, oldest first."""
    folders = sorted(root.glob(f"{_PREFIX}*")) if root.is_dir() else []
    return [open_backup(folder) for folder in folders if (folder / _MANIFEST).is_file()]


def prune(root: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups; return what went."""
    gone = [backup.folder for backup in backups_in(root)[:-keep]]
    for folder in gone:
        # Renamed first: a kill in the middle leaves nothing that looks whole.
        shutil.rmtree(folder.rename(root / f"{_TEMPORARY}{folder.name}"))
    return gone


@contextmanager
def writing(root: Path) -> Iterator[Path]:
    """Yield a temporary folder in `root`, for us alone; remove what is left of it.

    Raises:
        BackupFolderError: `root` can't be written, or is full.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in root.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(left, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=root))
        try:
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise BackupFolderError(f"{root}: {error.strerror or error}", folder=str(root)) from error


def finish(temporary: Path, root: Path, manifest: Manifest) -> Backup:
    """Enter checksums into `manifest`, flush everything to disk, and give the backup its name: now it exists."""
    files = sorted(path for path in temporary.rglob("*") if path.is_file())
    whole = replace(
        manifest,
        files={str(path.relative_to(temporary)): checksum_of(path) for path in files},
        size=sum(path.stat().st_size for path in files),
    )
    (temporary / _MANIFEST).write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
    for path in temporary.rglob("*"):
        _flush(path)
    target = temporary.rename(root / f"{_PREFIX}{manifest.created_at.strftime(_STAMP)}")
    _flush(root)
    return Backup(target, whole)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
