"""The passages that answer a question: dense and lexical search, fused, and the gate's verdict."""

import asyncio
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np

from core.rag.answers import Retrieval, ScoredPassage
from core.rag.embeddings import EmbeddingsProvider, Vectors
from core.rag.fusion import Background, Candidates, fuse
from core.rag.gate import judge
from core.rag.lexical import Scores
from core.rag.snapshot import Snapshot
from core.rag.tokens import cognates, terms
from core.rag.vector_index import Mask, Positions

CANDIDATES = 100
"""Passages taken from each leg, in each language, before fusion."""
_HALF, _SPREAD = 2.0, 0.6
"""The fused score shown as 0.5, and how far from it the shown score nears 0 or 1. Ranking does not depend on them."""


class Retriever:
    """Searches one snapshot. Safe to use from many threads; replace it to switch versions."""

    def __init__(self, provider: EmbeddingsProvider, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._provider = provider
        self._access = np.array([passage.access for passage in snapshot.passages], dtype=str)
        languages = np.array([passage.language for passage in snapshot.passages], dtype=str)
        self._speaks = {str(language): languages == language for language in np.unique(languages)}
        self._background = Background(snapshot.index, self._speaks)

    async def search(self, question: str, k: int, *, access: Collection[str] = ("public",)) -> Retrieval:
        """Return the `k` best passages among those whose access is in `access`, off the event loop."""
        return await asyncio.to_thread(self.search_now, question, k, access=access)

    def search_now(self, question: str, k: int, *, access: Collection[str] = ("public",)) -> Retrieval:
        """Do what `search` does, blocking."""
        timings: dict[str, float] = {}
        with _timed(timings, "embed"):
            vector = self._provider.embed_query(question)
        with _timed(timings, "search"):
            ranked = self._rank(question, vector, np.isin(self._access, list(access)))
        with _timed(timings, "gate"):
            refusal = judge(question, ranked, self.snapshot)
        return Retrieval(question, ranked[:k], refusal, self.snapshot.version, timings)

    def _rank(self, question: str, vector: Vectors, readable: Mask) -> tuple[ScoredPassage, ...]:
        """Return every candidate, best first; equals stay in the order of the index."""
        lexical = self.snapshot.lexical.scores(terms(question))
        cognate = self.snapshot.cognates.scores(cognates(question))
        attainable = self.snapshot.lexical.attainable(terms(question))
        found: list[tuple[float, int, float, float]] = []
        for language, speaks in self._speaks.items():
            allowed = readable & speaks
            near, _ = self.snapshot.index.search(vector, CANDIDATES, allowed)
            positions = np.unique(np.concatenate([near, _best(lexical, allowed), _best(cognate, allowed)]))
            dense = self.snapshot.index.vectors(positions) @ vector
            candidates = Candidates(dense, lexical[positions], cognate[positions])
            scores = fuse(candidates, self._background.of(vector, language), attainable)
            found += zip(
                (-scores).tolist(), positions.tolist(), dense.tolist(), candidates.lexical.tolist(), strict=True
            )
        return tuple(
            ScoredPassage(
                self.snapshot.passages[position],
                score=_shown(-negative),
                dense=dense,
                lexical=bm25 if bm25 > 0 else None,
            )
            for negative, position, dense, bm25 in sorted(found)
        )


def _best(scores: Scores, allowed: Mask) -> Positions:
    """Return the positions of the best positive scores among those allowed."""
    positions = np.flatnonzero(allowed & (scores > 0))
    if len(positions) > CANDIDATES:
        positions = positions[np.argpartition(-scores[positions], CANDIDATES)[:CANDIDATES]]
    return positions


def _shown(fused: float) -> float:
    """Return a fused score on a scale from 0 to 1."""
    return float(1 / (1 + np.exp(-(fused - _HALF) / _SPREAD)))


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = (time.perf_counter() - start) * 1000
