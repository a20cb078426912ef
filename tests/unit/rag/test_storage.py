"""Index versions are whole or absent, whatever happens to the process, the disk or the files."""

import random
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConflictError
from core.rag.answers import Passage
from core.rag.archive import load_snapshot, save_snapshot
from core.rag.snapshot import Snapshot, build_snapshot
from core.rag.storage import LocalStorageBackend
from core.rag.versions import (
    IndexCorruptError,
    IndexMismatchError,
    IndexNotFoundError,
    StorageError,
    StorageFullError,
)
from tests.fakes.embeddings import WordEmbeddings

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PROVIDER = WordEmbeddings()


def passage(number: int, text: str) -> Passage:
    return Passage(str(number), f"d{number}.md", "Title", "Section", None, 1, "en", text)


def snapshot(*texts: str) -> Snapshot:
    return build_snapshot([passage(number, text) for number, text in enumerate(texts)], PROVIDER)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorageBackend:
    return LocalStorageBackend(tmp_path / "index")


def save(storage: LocalStorageBackend, version: int, *texts: str) -> Snapshot:
    return save_snapshot(snapshot(*(texts or ("pump noise", "boom drift"))), storage, version, created_at=NOW)


def test_a_saved_version_loads_as_it_was(storage: LocalStorageBackend) -> None:
    saved = save(storage, 3)
    loaded = load_snapshot(storage, 3, PROVIDER)
    assert loaded.version == saved.version == 3
    assert loaded.passages == saved.passages
    rows = np.arange(2)
    assert np.array_equal(loaded.index.vectors(rows), saved.index.vectors(rows))
    metadata = storage.metadata(3)
    assert (metadata.passages, metadata.documents, metadata.model) == (2, 2, "fake/words")
    assert set(metadata.checksums) == {"index.faiss", "passages.jsonl", "lexical.npz", "cognates.npz"}


def test_the_pointer_follows_activate_and_rollback(storage: LocalStorageBackend) -> None:
    assert (storage.current(), storage.next_version()) == (None, 1)
    for version in (1, 2, 3):
        save(storage, version)
        storage.activate(version)
    assert (storage.current(), storage.previous()) == (3, 2)
    assert storage.rollback() == 2
    assert (storage.current(), storage.previous(), storage.next_version()) == (2, 1, 4)
    assert storage.rollback() == 1
    with pytest.raises(IndexNotFoundError):
        storage.rollback()


def test_only_a_version_that_is_there_can_be_activated(storage: LocalStorageBackend) -> None:
    with pytest.raises(IndexNotFoundError):
        storage.activate(7)
    assert storage.current() is None


def test_a_version_is_never_overwritten(storage: LocalStorageBackend) -> None:
    save(storage, 1)
    with pytest.raises(ConflictError):
        save(storage, 1, "something else")
    assert len(load_snapshot(storage, 1, PROVIDER).passages) == 2


def test_pruning_spares_the_newest_the_current_and_the_way_back(storage: LocalStorageBackend) -> None:
    for version in range(1, 7):
        save(storage, version)
    storage.activate(1)
    storage.activate(2)
    assert storage.prune(2) == [3, 4]
    assert storage.versions() == [1, 2, 5, 6]


@pytest.mark.parametrize("name", ["index.faiss", "passages.jsonl"])
def test_a_changed_or_missing_file_is_noticed(storage: LocalStorageBackend, name: str) -> None:
    save(storage, 1)
    file = storage.root / "v_1" / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(IndexCorruptError, match="checksum"):
        load_snapshot(storage, 1, PROVIDER)
    file.unlink()
    with pytest.raises(IndexCorruptError, match="missing"):
        load_snapshot(storage, 1, PROVIDER)


def test_damaged_metadata_is_noticed(storage: LocalStorageBackend) -> None:
    save(storage, 1)
    (storage.root / "v_1" / "metadata.json").write_text('{"version": 1')
    with pytest.raises(IndexCorruptError):
        load_snapshot(storage, 1, PROVIDER)


@pytest.mark.parametrize(
    "foreign",
    [WordEmbeddings("fake/other"), WordEmbeddings(dimension=32)],
    ids=["another model", "another dimension"],
)
def test_an_index_of_another_model_or_dimension_is_refused(
    storage: LocalStorageBackend, foreign: WordEmbeddings
) -> None:
    save(storage, 1)
    with pytest.raises(IndexMismatchError) as caught:
        load_snapshot(storage, 1, foreign)
    assert "fake/words" in str(caught.value.params["built_by"])


def test_an_index_of_another_metric_is_refused(storage: LocalStorageBackend) -> None:
    save(storage, 1)
    with pytest.raises(IndexMismatchError):
        load_snapshot(storage, 1, PROVIDER, metric="l2")


def test_a_full_disk_is_named_and_costs_nothing_that_was_there(storage: LocalStorageBackend) -> None:
    save(storage, 1)
    storage.activate(1)
    big = snapshot(*(f"pump number {number}" for number in range(500)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # the kernel refuses writes beyond, as a full disk does
    try:
        with pytest.raises(StorageFullError):
            save_snapshot(big, storage, 2, created_at=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert storage.versions() == [1]
    assert not list(storage.root.glob(".building-*"))
    assert len(load_snapshot(storage, 1, PROVIDER).passages) == 2
    assert save_snapshot(big, storage, 2, created_at=NOW).version == 2


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        save(LocalStorageBackend(tmp_path / "file" / "index"), 1)


def test_leftovers_of_killed_builds_go_with_the_next_write(storage: LocalStorageBackend) -> None:
    storage.root.mkdir(parents=True)
    (storage.root / ".building-dead").mkdir()
    (storage.root / ".building-dead" / "index.faiss").write_bytes(b"half")
    (storage.root / ".building-pointer").write_text("v_9\n")
    save(storage, 1)
    assert not list(storage.root.glob(".building-*"))
    assert storage.current() is None


BUILDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from core.rag.archive import save_snapshot
from core.rag.storage import LocalStorageBackend
from tests.unit.rag.test_storage import snapshot
storage = LocalStorageBackend(Path(sys.argv[1]))
ready = snapshot(*(f"pump number {n}" for n in range(300)))
print("ready", flush=True)
while True:
    version = storage.next_version()
    save_snapshot(ready, storage, version, created_at=datetime(2026, 1, 2, tzinfo=UTC))
    storage.activate(version)
    storage.prune(2)
"""


def test_kill_at_any_moment_leaves_the_pointer_on_a_whole_version(storage: LocalStorageBackend) -> None:
    save(storage, 1)
    storage.activate(1)
    chance = random.Random(20260102)
    for _ in range(4):
        builder = subprocess.Popen([sys.executable, "-c", BUILDER, str(storage.root)], stdout=subprocess.PIPE)
        assert builder.stdout is not None
        with builder:
            builder.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.25))  # the moment of the kill, not a wait for anything
            builder.send_signal(signal.SIGKILL)
        current = storage.current()
        assert current is not None
        assert load_snapshot(storage, current, PROVIDER).version == current
        for version in storage.versions():
            load_snapshot(storage, version, PROVIDER)
    storage.recover()
    assert not list(storage.root.glob(".building-*"))


def test_rebuilding_embeds_only_what_is_new() -> None:
    provider = WordEmbeddings()
    first = build_snapshot([passage(0, "pump"), passage(1, "valve")], provider)
    second = build_snapshot([passage(0, "valve"), passage(1, "hose"), passage(2, "hose")], provider, previous=first)
    assert provider.embedded == 3
    fresh = build_snapshot(list(second.passages), provider)
    assert np.allclose(second.index.vectors(np.arange(3)), fresh.index.vectors(np.arange(3)))


def test_vectors_of_another_model_are_not_reused() -> None:
    first = build_snapshot([passage(0, "pump")], WordEmbeddings())
    other = WordEmbeddings("fake/other")
    build_snapshot([replace(passage(0, "pump"))], other, previous=first)
    assert other.embedded == 1
