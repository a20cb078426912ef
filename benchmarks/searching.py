"""What the retrieval benchmarks share: the product's own retriever over given passages, and ranks to figures."""

import sys
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from core.rag.answers import Passage
from core.rag.embeddings import EmbeddingsProvider, Vectors, create_provider
from core.rag.retrieval import Retriever
from core.rag.snapshot import build_snapshot
from core.settings import load_settings

Rank = int | None
"""Place of the right passage from 0, None where it was not found."""


class RememberingProvider:
    """Embeds each question once in a run: several directions ask the same questions."""

    def __init__(self, provider: EmbeddingsProvider) -> None:
        self._provider = provider
        self._questions: dict[str, Vectors] = {}
        self.name = provider.name
        self.dimension = provider.dimension
        self.query_prefix = provider.query_prefix
        self.passage_prefix = provider.passage_prefix

    def embed_query(self, text: str) -> Vectors:
        """Return the question's vector, shape (dimension,)."""
        vector: Vectors = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (len(texts), dimension)."""
        new = list(dict.fromkeys(text for text in texts if text not in self._questions))
        self._questions.update(zip(new, self._provider.embed_queries(new), strict=True) if new else ())
        return np.array([self._questions[text] for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the passages' vectors, shape (len(texts), dimension)."""
        return self._provider.embed_passages(texts)


def configured_provider() -> RememberingProvider:
    """Return the provider that the settings name."""
    return RememberingProvider(create_provider(load_settings()))


def retriever_over(passages: Sequence[Passage], provider: EmbeddingsProvider, label: str) -> Retriever:
    """Index `passages` as the product does, telling how far it is."""
    return Retriever(provider, build_snapshot(passages, provider, progress=progress(f"{label}: embedding passages")))


def progress(label: str) -> Callable[[int, int], None]:
    """Return a callback that prints a line to stderr now and then."""

    def show(done: int, total: int) -> None:
        if done == total or done % 128 == 0:
            print(f"{label}: {done}/{total}", file=sys.stderr, flush=True)

    return show


def recall_at(k: int, ranks: Iterable[Rank]) -> float:
    """Return the share of questions whose right passage is among the first `k`."""
    return _mean(float(rank is not None and rank < k) for rank in ranks)


def ndcg_at_10(ranks: Iterable[Rank]) -> float:
    """Return the mean normalised discounted cumulative gain for one right passage a question."""
    return _mean(1 / np.log2(rank + 2) if rank is not None and rank < 10 else 0.0 for rank in ranks)


def mean_reciprocal_rank(ranks: Iterable[Rank]) -> float:
    """Return the mean of 1 / place, places counted from 1."""
    return _mean(0.0 if rank is None else 1 / (rank + 1) for rank in ranks)


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return round(float(np.mean(numbers)), 4) if numbers else 0.0
