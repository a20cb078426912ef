"""Vectors in a real PostgreSQL with pgvector: the same neighbours, never one that may not be read, whole versions."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import numpy as np
import pytest
from pydantic import SecretStr

from core.container import Container
from core.rag.archive import load_snapshot, read_snapshot
from core.rag.clusters import IndexKind
from core.rag.embeddings import Vectors
from core.rag.pgvector import NAME_FILE, PgvectorStore
from core.rag.readership import Readership
from core.rag.retrieval import Retriever
from core.rag.vector_index import INDEX_FILE, Nearest, VectorIndex
from core.rag.versions import IndexCorruptError
from core.settings import RagSettings, Settings
from core.users.rights import OPERATOR
from tests.fixtures.rag import PAGES, Library

DIMENSION = 32
MANY = 9000
"""Enough that a filter which leaves half of them is not searched through row by row."""
_NAMES = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('hydrodiag_vectors') AND relkind = 'r'"


def _vectors(count: int, seed: int) -> Vectors:
    """Return vectors of length 1 in a few hundred heaps, as those of texts are."""
    random = np.random.default_rng(seed)
    heaps = np.random.default_rng(1).normal(size=(300, DIMENSION))
    rows = heaps[random.integers(0, 300, count)] + 0.5 * random.normal(size=(count, DIMENSION))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture
async def has_pgvector(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    found = await connection.fetchval("SELECT true FROM pg_available_extensions WHERE name = 'vector'")
    await connection.close()
    if not found:
        pytest.skip("needs pgvector at TEST_DATABASE_URL")


@pytest.fixture
def store(database_url: str, has_pgvector: None) -> Iterator[PgvectorStore]:
    """Compares all vectors, however many there are."""
    with closing(PgvectorStore(database_url, exact_up_to=10 * MANY)) as store:
        yield store


@pytest.fixture
def walking(database_url: str, has_pgvector: None) -> Iterator[PgvectorStore]:
    """Makes a graph at once."""
    with closing(PgvectorStore(database_url, exact_up_to=100)) as store:
        yield store


@pytest.fixture
async def shelved(empty_library: Library, store: PgvectorStore) -> Library:
    """A library whose vectors lie in PostgreSQL."""
    empty_library.storage.vectors = store
    await empty_library.add(PAGES)
    return empty_library


def _kept(store: PgvectorStore, vectors: Vectors, folder: Path) -> Nearest:
    folder.mkdir(exist_ok=True)
    store.save(VectorIndex.build(vectors), folder)
    return store.load({NAME_FILE: folder / NAME_FILE}, IndexKind())


async def _tables(database_url: str) -> int:
    connection = await asyncpg.connect(database_url)
    try:
        return len(await connection.fetch(_NAMES))
    finally:
        await connection.close()


def test_the_neighbours_are_those_that_faiss_finds(store: PgvectorStore, tmp_path: Path) -> None:
    vectors, allowed = _vectors(MANY, 2), np.random.default_rng(3).random(MANY)
    exact, kept = VectorIndex.build(vectors), _kept(store, vectors, tmp_path)
    assert (len(kept), kept.dimension) == (MANY, DIMENSION)
    for question in _vectors(10, 4):
        for mask in (None, allowed < 0.9, allowed < 0.1, allowed < 0.0002, allowed < 0):
            (wanted, scores), (found, found_scores) = exact.search(question, 10, mask), kept.search(question, 10, mask)
            assert len(set(wanted) & set(found)) >= len(wanted) - 1  # half precision may swap the last
            assert np.allclose(found_scores, scores, atol=2e-3)
            assert mask is None or mask[found].all()
    rows = np.array([7, 3, MANY - 1])
    assert np.allclose(kept.vectors(rows), vectors[rows], atol=1e-3)
    assert kept.vectors(np.array([], dtype=np.int64)).shape == (0, DIMENSION)


def test_a_graph_finds_nearly_all_and_nothing_that_may_not_be_read(walking: PgvectorStore, tmp_path: Path) -> None:
    vectors, questions = _vectors(MANY, 2), _vectors(40, 5)
    allowed = np.random.default_rng(3).random(MANY) < 0.6
    exact, kept = VectorIndex.build(vectors), _kept(walking, vectors, tmp_path)
    hits = 0
    for question in questions:
        wanted, found = exact.search(question, 10, allowed)[0], kept.search(question, 10, allowed)[0]
        assert len(found) == 10
        assert allowed[found].all()
        hits += len(set(wanted) & set(found))
    assert hits / (10 * len(questions)) > 0.9


async def test_a_version_keeps_its_vectors_in_a_table_and_answers_from_it(shelved: Library) -> None:
    version = shelved.storage.current()
    assert version is not None
    assert NAME_FILE in shelved.storage.metadata(version).checksums
    assert INDEX_FILE not in shelved.storage.metadata(version).checksums
    answer = await shelved.ask("Why does the pump whine when the oil is cold?")
    assert any("cavitation" in one.passage.text for one in answer.passages)


async def test_rights_and_machines_are_filtered_before_the_search(shelved: Library) -> None:
    retriever = Retriever(shelved.provider, load_snapshot(shelved.storage, 1, shelved.provider))
    for readership, some in ((Readership(("engineer",)), False), (Readership(("public",)), True)):
        found = await asyncio.to_thread(retriever.search_now, "Why does the pump whine?", 5, readership=readership)
        assert bool(found.passages) is some


async def test_the_next_version_embeds_only_what_is_new_and_old_tables_go_with_their_versions(
    shelved: Library, database_url: str
) -> None:
    for number in range(4):
        await shelved.add({f"en/{number}.md": f"# Hose {number}\n\nReplace hose number {number} every six years."})
    assert await _tables(database_url) == len(shelved.storage.versions()) < 5
    previous = shelved.storage.rollback()
    assert len(read_snapshot(shelved.storage, previous).index) == len(read_snapshot(shelved.storage, previous).passages)
    answer = await shelved.ask("Why does the pump whine when the oil is cold?")
    assert answer.passages


async def test_a_build_that_ends_in_the_middle_leaves_no_table(store: PgvectorStore, database_url: str) -> None:
    class Broken(VectorIndex):
        def vectors(self, positions: object) -> Vectors:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        store.save(Broken.build(_vectors(10, 2)), Path("/nonexistent"))
    assert await _tables(database_url) == 0


async def test_a_table_that_is_gone_makes_its_version_unusable(shelved: Library, store: PgvectorStore) -> None:
    store.sweep([])
    with pytest.raises(IndexCorruptError):
        read_snapshot(shelved.storage, 1)


async def test_versions_of_before_are_still_searched_in_their_files(library: Library, store: PgvectorStore) -> None:
    library.storage.vectors = store
    assert (await library.ask("Why does the pump whine when the oil is cold?")).passages
    await library.add({"en/hose.md": "# Hoses\n\nReplace hoses every six years."})
    assert NAME_FILE in library.storage.metadata(2).checksums


async def test_a_setting_is_all_it_takes(database_url: str, redis_url: str, tmp_path: Path, has_pgvector: None) -> None:
    settings = Settings(
        _env_file=None,
        hydrodiag_home=tmp_path,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        rag=RagSettings(vectors="pgvector"),
    )
    async with Container.open(settings) as container:
        await container.documents.add(OPERATOR, "pump.md", PAGES["en/pump.md"].encode())
        assert (await container.indexes.rebuild()).built
        found = await container.orchestrator.retrieve("Why does the pump whine?")
        assert found.passages
        assert await _tables(database_url) == 1
