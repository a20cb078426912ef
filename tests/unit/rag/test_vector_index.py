"""Vector search is exact, filtered before ranking, and the same for both metrics."""

from pathlib import Path

import numpy as np
import pytest

from core.rag.vector_index import INDEX_FILE, Metric, VectorIndex

RANDOM = np.random.default_rng(7)
VECTORS = RANDOM.standard_normal((200, 16)).astype(np.float32)
VECTORS /= np.linalg.norm(VECTORS, axis=1, keepdims=True)


@pytest.mark.parametrize("metric", ["ip", "l2"])
def test_either_metric_gives_exact_inner_products(metric: Metric) -> None:
    index = VectorIndex.build(VECTORS, metric)
    positions, scores = index.search(VECTORS[3], 5)
    expected = np.argsort(-(VECTORS @ VECTORS[3]))[:5]
    assert positions.tolist() == expected.tolist()
    assert scores == pytest.approx(VECTORS[expected] @ VECTORS[3], abs=1e-5)
    assert index.metric == metric


def test_what_is_not_allowed_leaves_its_place_to_others() -> None:
    allowed = np.zeros(200, dtype=bool)
    allowed[[5, 50, 150]] = True
    positions, _ = VectorIndex.build(VECTORS).search(VECTORS[3], 10, allowed)
    assert sorted(positions.tolist()) == [5, 50, 150]


def test_a_written_index_reads_back_and_rubbish_does_not(tmp_path: Path) -> None:
    VectorIndex.build(VECTORS).save(tmp_path)
    again = VectorIndex.load(tmp_path / INDEX_FILE)
    assert (len(again), again.dimension) == (200, 16)
    assert np.array_equal(again.vectors(np.array([7, 3])), VECTORS[[7, 3]])
    (tmp_path / INDEX_FILE).write_bytes(b"rubbish" * 10)
    with pytest.raises(ValueError, match="not a FAISS index"):
        VectorIndex.load(tmp_path / INDEX_FILE)


def test_vectors_of_another_dimension_or_length_are_refused() -> None:
    with pytest.raises(ValueError, match="dimension"):
        VectorIndex.build(VECTORS).search(VECTORS[0, :8], 1)
    with pytest.raises(ValueError, match="normalised"):
        VectorIndex.build(VECTORS * 2)


def test_an_empty_index_finds_nothing() -> None:
    positions, scores = VectorIndex.build(np.empty((0, 16), dtype=np.float32)).search(VECTORS[0], 5)
    assert (len(positions), len(scores)) == (0, 0)
