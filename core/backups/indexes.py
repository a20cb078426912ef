"""The index in use, into a backup and back."""

import shutil
from dataclasses import replace
from pathlib import Path

from core.backups.folder import INDEX, Backup
from core.rag.versions import METADATA, IndexMetadata, IndexStorage, folder_name


def save_index(storage: IndexStorage, version: int, folder: Path) -> None:
    """Copy `version` into `folder`.

    Raises:
        IndexNotFoundError, IndexCorruptError
    """
    metadata = storage.metadata(version)
    target = folder / INDEX / folder_name(version)
    target.mkdir(parents=True)
    (target / METADATA).write_bytes(metadata.to_json())
    for name, checksum in metadata.checksums.items():
        shutil.copyfile(storage.file(version, name, checksum), target / name)


def restore_index(storage: IndexStorage, backup: Backup) -> int | None:
    """Write the backup's index as a new version, make it current and return it; None where the backup has none.

    Raises:
        IndexCorruptError, StorageFullError, StorageError
    """
    saved = backup.manifest.index_version
    if saved is None:
        return None
    source = backup.folder / INDEX / folder_name(saved)
    metadata = IndexMetadata.from_json((source / METADATA).read_bytes(), saved)

    def fill(target: Path) -> None:
        for name in metadata.checksums:
            shutil.copyfile(source / name, target / name)

    version = storage.next_version()
    storage.write(replace(metadata, version=version), fill)
    storage.activate(version)
    return version
