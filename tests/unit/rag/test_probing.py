"""How many clusters are visited follows from vectors such as questions have, not from those that are indexed."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.rag.clusters import VECTORS_FILE, ClusteredIndex, Earlier, IndexKind, build_index, load_index
from core.rag.directions import principal_directions
from core.rag.embeddings import Vectors
from core.rag.probing import SAMPLE, sentences_asked
from core.rag.vector_index import INDEX_FILE, VectorIndex, faiss
from tests.fakes.embeddings import WordEmbeddings
from tests.unit.rag.test_clusters import DIMENSION, EXACT_UP_TO, VECTORS, clustered


def far_out(count: int, seed: int) -> Vectors:
    """Return questions that lie between the groups rather than in them."""
    random = np.random.default_rng(seed)
    rows = clustered(count, seed) + clustered(count, seed + 1) + 0.3 * random.standard_normal((count, DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def recall(index: ClusteredIndex, questions: Vectors) -> float:
    exact = VectorIndex.build(VECTORS)
    hits = [len(np.intersect1d(index.search(one, 10)[0], exact.search(one, 10)[0])) for one in questions]
    return sum(hits) / (10 * len(questions))


def test_questions_that_lie_further_out_are_given_more_clusters() -> None:
    near, kind = build_index(VECTORS, "ip", EXACT_UP_TO, asked=lambda: VECTORS[:SAMPLE])
    far, further = build_index(VECTORS, "ip", EXACT_UP_TO, asked=lambda: far_out(SAMPLE, 11))
    assert kind.probes < further.probes
    assert isinstance(near, ClusteredIndex)
    assert isinstance(far, ClusteredIndex)
    assert recall(near, far_out(100, 21)) < recall(far, far_out(100, 21)) >= 0.95


def test_clusters_that_stay_are_not_measured_again() -> None:
    earlier, kind = build_index(VECTORS, "ip", EXACT_UP_TO)
    rows = np.arange(len(VECTORS))
    rows[0] = -1
    revised = build_index(
        VECTORS, "ip", EXACT_UP_TO, Earlier(earlier, rows), asked=lambda: pytest.fail("questions embedded in vain")
    )
    assert revised[1].probes == kind.probes


def test_questions_are_sentences_of_the_passages() -> None:
    texts = ["# A heading\n\nThe pump starts again after this. Stop. \n- a line with several words"] * 3 + ["", "short"]
    asked = sentences_asked(texts, WordEmbeddings(), seed=1)
    whole = {"The pump starts again after this.", "- a line with several words"}
    known = WordEmbeddings().embed_queries(sorted(whole))
    assert len(asked) == 3
    assert all(any(np.allclose(one, right) for right in known) for one in asked)
    assert sentences_asked(["", "short"], WordEmbeddings(), seed=1).shape[0] == 0


def test_directions_keep_inner_products() -> None:
    random = np.random.default_rng(1)
    rows = (random.standard_normal((2000, 20)) @ random.standard_normal((20, 200)) + 3).astype(np.float32)
    rows += 0.05 * random.standard_normal(rows.shape).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    turned = principal_directions(rows)
    assert turned.d_out == 32  # 20 directions and the mean, brought to a multiple of 16
    inner = turned.apply(rows[:50]) @ turned.apply(rows[50:100]).T
    assert np.abs(inner - rows[:50] @ rows[50:100].T).max() < 2e-3


def test_an_index_from_before_directions_is_still_searched_and_then_built_anew(tmp_path: Path) -> None:
    old = faiss.index_factory(DIMENSION, "IVF150,SQ8", faiss.METRIC_INNER_PRODUCT)
    old.train(VECTORS)
    old.add(VECTORS)
    faiss.write_index(old, str(tmp_path / INDEX_FILE))
    VECTORS.astype(np.float16).tofile(tmp_path / VECTORS_FILE)
    written = asdict(IndexKind("sq8", clusters=150, probes=16, training=6000, seed=1))
    del written["directions"]
    index = load_index({path.name: path for path in tmp_path.iterdir()}, IndexKind(**written))
    assert isinstance(index, ClusteredIndex)
    assert recall(index, clustered(50, 3)) >= 0.95
    assert build_index(VECTORS, "ip", EXACT_UP_TO, Earlier(index, np.arange(len(VECTORS))))[1].directions > 0
