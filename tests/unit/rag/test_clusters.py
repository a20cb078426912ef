"""Large indexes: clusters find nearly what an exact search finds, with exact scores, and under any filter."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.rag import clusters
from core.rag.clusters import VECTORS_FILE, ClusteredIndex, Earlier, IndexKind, build_index, load_index
from core.rag.embeddings import Vectors
from core.rag.vector_index import INDEX_FILE, Metric, VectorIndex

SIZE, DIMENSION, EXACT_UP_TO = 6000, 32, 5000


def clustered(count: int, seed: int) -> Vectors:
    """Return vectors that lie in a few dozen groups, as texts about a few dozen matters do."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((40, DIMENSION))
    rows = centres[random.integers(40, size=count)] + 0.6 * random.standard_normal((count, DIMENSION)) + 1.5
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


VECTORS, QUESTIONS = clustered(SIZE, 2), clustered(50, 3)


@pytest.fixture(scope="module", params=["ip", "l2"])
def index(request: pytest.FixtureRequest) -> ClusteredIndex:
    metric: Metric = request.param
    built, kind = build_index(VECTORS, metric, EXACT_UP_TO)
    assert isinstance(built, ClusteredIndex)
    assert built.metric == metric
    assert kind.clusters > kind.probes > 0
    return built


def recall(index: ClusteredIndex, allowed: np.ndarray | None = None) -> float:
    exact = VectorIndex.build(VECTORS)
    hits = [
        len(np.intersect1d(index.search(question, 10, allowed)[0], exact.search(question, 10, allowed)[0]))
        for question in QUESTIONS
    ]
    there = SIZE if allowed is None else np.count_nonzero(allowed)
    return sum(hits) / (min(10, there) * len(QUESTIONS))


def test_few_vectors_are_searched_exactly() -> None:
    built, kind = build_index(VECTORS[:EXACT_UP_TO], "ip", EXACT_UP_TO)
    assert isinstance(built, VectorIndex)
    assert kind == IndexKind()


def test_most_of_the_nearest_are_found(index: ClusteredIndex) -> None:
    assert recall(index) >= 0.95


def test_scores_are_inner_products(index: ClusteredIndex) -> None:
    positions, scores = index.search(QUESTIONS[0], 20)
    assert scores == pytest.approx(VECTORS[positions] @ QUESTIONS[0], abs=2e-4)
    assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("share", [0.5, 0.8, 0.001])
def test_filters_cost_no_recall(index: ClusteredIndex, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_FEW_ALLOWED", 100)
    allowed = np.random.default_rng(4).random(SIZE) < share
    positions, _ = index.search(QUESTIONS[0], 10, allowed)
    assert allowed[positions].all()
    assert len(positions) == min(10, np.count_nonzero(allowed))
    assert recall(index, allowed) >= 0.95


def test_nothing_allowed_finds_nothing(index: ClusteredIndex) -> None:
    assert len(index.search(QUESTIONS[0], 10, np.zeros(SIZE, dtype=bool))[0]) == 0


def test_a_saved_index_answers_alike_and_another_kind_is_refused(index: ClusteredIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    files = {path.name: path for path in tmp_path.iterdir()}
    again = load_index(files, IndexKind(**asdict(index.kind)))
    assert again.search(QUESTIONS[0], 10)[0].tolist() == index.search(QUESTIONS[0], 10)[0].tolist()
    with pytest.raises(ValueError, match="kind"):
        ClusteredIndex.load(files[INDEX_FILE], files[VECTORS_FILE], IndexKind("sq8", clusters=7, probes=1))
    with pytest.raises(ValueError, match="exact"):
        load_index(files, IndexKind())
    files[VECTORS_FILE].write_bytes(b"short")
    with pytest.raises(ValueError, match="vectors"):
        load_index(files, index.kind)


def test_the_same_vectors_give_the_same_index() -> None:
    (first, _), (second, _) = (build_index(VECTORS, "ip", EXACT_UP_TO) for _ in range(2))
    assert all(
        first.search(question, 10)[0].tolist() == second.search(question, 10)[0].tolist() for question in QUESTIONS
    )


def test_a_revised_index_is_searched_like_one_built_anew_on_the_same_clusters(index: ClusteredIndex) -> None:
    rows = np.random.default_rng(5).permutation(SIZE)
    rows[[7, 8, 9]] = rows[7]  # equal texts share a row
    rows[np.random.default_rng(6).choice(SIZE, 300, replace=False)] = -1
    vectors = np.where(rows[:, np.newaxis] >= 0, VECTORS[rows], clustered(SIZE, 7)).astype(np.float16)
    revised, kind = build_index(vectors, index.metric, EXACT_UP_TO, Earlier(index, rows))
    assert isinstance(revised, ClusteredIndex)
    assert (kind.probes, kind.added, len(revised)) == (index.kind.probes, int(np.count_nonzero(rows < 0)), SIZE)
    exact = VectorIndex.build(vectors.astype(np.float32) / np.linalg.norm(vectors.astype(np.float32), axis=1)[:, None])
    hits = [len(np.intersect1d(revised.search(q, 10)[0], exact.search(q, 10)[0])) for q in QUESTIONS]
    assert sum(hits) >= 0.95 * 10 * len(QUESTIONS)
    everything, _ = revised.search(QUESTIONS[0], SIZE, np.ones(SIZE, dtype=bool))
    assert len(set(everything.tolist())) == len(everything)


def test_clusters_are_trained_anew_once_many_vectors_are_new(index: ClusteredIndex) -> None:
    rows, vectors = np.arange(SIZE), VECTORS
    rows[: SIZE // 8] = -1
    once, kind = build_index(vectors, index.metric, EXACT_UP_TO, Earlier(index, rows))
    assert kind.added == SIZE // 8
    assert build_index(vectors, index.metric, EXACT_UP_TO, Earlier(once, rows))[1] == index.kind
    other: Metric = "l2" if index.metric == "ip" else "ip"
    assert build_index(vectors, other, EXACT_UP_TO, Earlier(index, rows))[1].added == 0
