"""How many clusters a search must visit: measured when an index is built, on vectors such as questions have."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from core.rag.embeddings import EmbeddingsProvider, Vectors
from core.rag.vector_index import BLOCK, Positions, faiss

SAMPLE = 128
"""Questions that probes are measured with."""
_ENOUGH = 0.99
"""Recall@10 at which no more clusters are visited."""
_FURTHER = 2
"""How many times more clusters are visited where only the indexed vectors could be asked: questions lie further out.
In a million vectors like the handbook's, 128 of 4096 clusters gave recall 0.99 for these, but 0.89 for questions."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_SHORTEST, _LONGEST = 4, 300
"""Words that a sentence has at least, and its characters at most."""

Halves = npt.NDArray[np.float16]
Find = Callable[[Vectors, int, int], Positions]
"""Returns the positions of the `k` nearest to a question, in so many clusters: `(question, k, probes)`."""


def sentences_asked(texts: Sequence[str], provider: EmbeddingsProvider, seed: int) -> Vectors:
    """Embed sentences of some of `texts` as questions, shape (n, dimension): about as far from passages as people's.

    Real questions found the ten nearest at inner products of 0.88, such sentences at 0.89, passages at 0.96; the
    clusters to visit follow (benchmarks/index.py has the questions).
    """
    random = np.random.default_rng(seed)
    chosen: list[str] = []
    for number in random.permutation(len(texts))[: 2 * SAMPLE].tolist():
        sentences = [one for one in _SENTENCE_END.split(texts[number]) if len(one.split()) >= _SHORTEST]
        if sentences:
            chosen.append(sentences[random.integers(len(sentences))][:_LONGEST])
    if not chosen:
        return np.empty((0, provider.dimension), dtype=np.float32)
    return np.asarray(provider.embed_queries(chosen[:SAMPLE]), dtype=np.float32)


def measured_probes(find: Find, vectors: Halves, asked: Vectors, most: int, seed: int) -> int:
    """Return the fewest clusters, doubling from 1 to `most`, that find enough of the ten nearest to `asked`.

    Without questions in `asked` some of `vectors` are asked instead.
    """
    further = 1
    if not len(asked):
        picked = np.random.default_rng(seed).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False)
        asked, further = vectors[picked].astype(np.float32), _FURTHER
    exact = exactly(vectors, asked, k=10)
    probes = 1
    while probes < most:
        hits = [len(np.intersect1d(find(one, 10, probes), right)) for one, right in zip(asked, exact, strict=True)]
        if sum(hits) >= _ENOUGH * exact.size:
            break
        probes *= 2
    return min(further * probes, most)


def exactly(vectors: Halves, questions: Vectors, k: int) -> Positions:
    """Return the positions of the `k` nearest to each question, block by block."""
    heap = faiss.ResultHeap(len(questions), k, keep_max=True)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float32)
        distances, positions = faiss.knn(questions, block, k, metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(distances, positions + start)
    heap.finalize()
    nearest: Positions = heap.I
    return nearest
