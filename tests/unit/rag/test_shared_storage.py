"""Index versions shared by several machines: each sees whole versions only, and keeps checked copies of its own."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from core.errors import ConflictError
from core.rag.archive import load_snapshot, save_snapshot
from core.rag.holder import SnapshotHolder
from core.rag.remote import SharedStorageBackend, create_storage
from core.rag.storage import LocalStorageBackend
from core.rag.versions import IndexCorruptError, IndexNotFoundError, StorageError
from tests.unit.rag.test_storage import NOW, PROVIDER, snapshot


class Machines:
    """Two machines that look at one place."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.builder = SharedStorageBackend(url, folder / "builder")
        self.bot = SharedStorageBackend(url, folder / "bot")
        self.copies = folder / "bot"
        self.fs, self.root = fsspec.core.url_to_fs(url)

    def publish(self, version: int, *texts: str) -> None:
        save_snapshot(snapshot(*(texts or ("pump noise", "boom drift"))), self.builder, version, created_at=NOW)
        self.builder.activate(version)


@pytest.fixture(params=["memory", "folder"])
def machines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machines]:
    url = f"memory://{uuid4().hex}/index" if request.param == "memory" else f"file://{tmp_path}/shared/index"
    found = Machines(url, tmp_path)
    yield found
    if found.fs.exists(found.root):
        found.fs.rm(found.root, recursive=True)


async def test_a_bot_on_another_machine_swaps_to_what_was_published(machines: Machines) -> None:
    machines.publish(1)
    holder = SnapshotHolder(machines.bot, lambda: PROVIDER, check_every_s=0)
    assert (await holder.retriever()).snapshot.version == 1
    machines.publish(2, "filter clogged")
    retriever = await holder.retriever()
    assert [passage.text for passage in retriever.snapshot.passages] == ["filter clogged"]
    machines.builder.rollback()
    assert (await holder.retriever()).snapshot.version == 1


async def test_a_place_that_is_gone_leaves_the_bot_with_what_it_has(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.publish(1)
    holder = SnapshotHolder(machines.bot, lambda: PROVIDER, check_every_s=0)
    before = await holder.retriever()

    def gone(*_: object, **__: object) -> bytes:
        raise OSError("network is unreachable")

    monkeypatch.setattr(type(machines.fs), "cat_file", gone)
    assert await holder.retriever() is before
    with pytest.raises(StorageError, match="unreachable"):
        machines.bot.current()


async def test_a_version_that_could_not_be_fetched_is_tried_again(machines: Machines) -> None:
    machines.publish(1)
    holder = SnapshotHolder(machines.bot, lambda: PROVIDER, check_every_s=0)
    before = await holder.retriever()
    machines.publish(2, "filter clogged")
    with pytest.MonkeyPatch.context() as broken:

        def gone(*_: object, **__: object) -> None:
            raise OSError("connection reset")

        broken.setattr(type(machines.fs), "get_file", gone)
        assert await holder.retriever() is before
    assert (await holder.retriever()).snapshot.version == 2


def test_versions_are_listed_rolled_back_and_pruned_by_any_machine(machines: Machines) -> None:
    assert (machines.bot.versions(), machines.bot.current(), machines.bot.next_version()) == ([], None, 1)
    for version in (1, 2, 3, 4):
        machines.publish(version)
    assert machines.bot.versions() == [1, 2, 3, 4]
    assert machines.bot.rollback() == 3
    assert machines.builder.prune(2) == [1]
    assert (machines.bot.versions(), machines.bot.current(), machines.bot.next_version()) == ([2, 3, 4], 3, 5)
    with pytest.raises(ConflictError):
        machines.publish(3)
    with pytest.raises(IndexNotFoundError):
        machines.bot.metadata(1)


def test_files_are_fetched_once_and_damaged_copies_again(machines: Machines) -> None:
    machines.publish(1)
    load_snapshot(machines.bot, 1, PROVIDER)
    [copy] = machines.copies.glob("*/passages.jsonl")
    fetched = copy.stat().st_mtime_ns
    load_snapshot(machines.bot, 1, PROVIDER)
    assert copy.stat().st_mtime_ns == fetched
    copy.write_bytes(b"{}")
    assert len(load_snapshot(machines.bot, 1, PROVIDER).passages) == 2


def test_copies_of_pruned_versions_go(machines: Machines) -> None:
    for version, words in enumerate(("pump", "valve", "hose", "filter", "tank", "motor"), 1):
        machines.publish(version, words)
        load_snapshot(machines.bot, version, PROVIDER)
        machines.builder.prune(2)
    assert len(list(machines.copies.glob("*/passages.jsonl"))) == 3, "those that were there at the last fetch"


@pytest.mark.parametrize("name", ["passages.jsonl", "index.faiss"])
def test_a_damaged_or_missing_file_is_refused(machines: Machines, name: str) -> None:
    machines.publish(1)
    path = f"{machines.root}/v_1/{name}"
    machines.fs.pipe_file(path, machines.fs.cat_file(path)[:-1] + b"?")
    with pytest.raises(IndexCorruptError):
        load_snapshot(machines.bot, 1, PROVIDER)
    machines.fs.rm_file(path)
    with pytest.raises(IndexCorruptError):
        load_snapshot(machines.bot, 1, PROVIDER)
    assert not list(machines.copies.glob(f"*/{name}"))


def test_an_upload_that_broke_off_is_no_version_and_is_cleared_away(machines: Machines) -> None:
    machines.publish(1)
    machines.fs.makedirs(f"{machines.root}/v_2", exist_ok=True)
    machines.fs.pipe_file(f"{machines.root}/v_2/index.faiss", b"half")
    assert machines.bot.versions() == [1]
    machines.builder.recover()
    assert not machines.fs.exists(f"{machines.root}/v_2")
    machines.publish(2)
    assert load_snapshot(machines.bot, 2, PROVIDER).version == 2


def test_without_a_url_versions_are_kept_at_home(tmp_path: Path) -> None:
    assert isinstance(create_storage("", tmp_path), LocalStorageBackend)


def test_a_url_that_nothing_reads_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="RAG__INDEX_URL=nowhere://x"):
        create_storage("nowhere://x", tmp_path).current()


BUILDER = """
import sys
from pathlib import Path
from core.rag.archive import save_snapshot
from core.rag.remote import SharedStorageBackend
from tests.unit.rag.test_storage import NOW, snapshot
storage = SharedStorageBackend(sys.argv[1], Path(sys.argv[2]))
ready = snapshot(*(f"pump number {n}" for n in range(300)))
print("ready", flush=True)
while True:
    version = storage.next_version()
    save_snapshot(ready, storage, version, created_at=NOW)
    storage.activate(version)
    storage.prune(2)
"""


def test_a_kill_at_any_moment_leaves_the_pointer_on_a_whole_version(tmp_path: Path) -> None:
    machines, chance = Machines(f"file://{tmp_path}/shared", tmp_path), random.Random(20260103)
    machines.publish(1)
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", BUILDER, machines.url, str(tmp_path / "builder")], stdout=subprocess.PIPE
        ) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.25))  # the moment of the kill, not a wait for anything
            builder.send_signal(signal.SIGKILL)
        current = machines.bot.current()
        assert current is not None
        for version in {current, *machines.bot.versions()}:
            assert load_snapshot(machines.bot, version, PROVIDER).version == version
