"""Scores of different kinds to one: each leg is standardised, then weighted.

The weights were chosen on the shared half of XQuAD (docs/evaluation.md); weighted z-scores beat reciprocal rank fusion
there in every direction. Passages in different languages are standardised apart, because multilingual-e5 rates any
passage in the question's own language above the right one in another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.rag.embeddings import Vectors
from core.rag.vector_index import Mask, Nearest, Positions

Floats = npt.NDArray[np.floating]

_DENSE, _LEXICAL, _COGNATE = 0.6, 0.35, 0.1
_FULL_COVERAGE = 0.5
"""From here on (share of the best BM25 score that the question could reach) the lexical leg has its whole weight."""
_SAMPLE = 1000
_FEW = 20
"""Samples smaller than this say little about a language: all languages' sample is used."""
_LEAST_SPREAD = 0.01


@dataclass(frozen=True, slots=True)
class Candidates:
    """Scores of the passages in the running, one row each: `dense` inner products, `lexical` and `cognate` BM25."""

    dense: Floats
    lexical: Floats
    cognate: Floats


class Background:
    """What inner products a question has with passages in general: an even sample of the index, by language."""

    def __init__(self, index: Nearest, speaks: Mapping[str, Mask]) -> None:
        self._all = _sample(index, np.arange(len(index)))
        rows = {language: np.flatnonzero(mask) for language, mask in speaks.items()}
        self._samples = {language: _sample(index, found) for language, found in rows.items() if len(found) >= _FEW}

    def of(self, question: Vectors, language: str) -> tuple[float, float]:
        """Return mean and standard deviation of the question's inner products with passages in `language`."""
        products = self._samples.get(language, self._all) @ question
        if not len(products):
            return 0.0, 1.0
        return float(products.mean()), max(float(products.std()), _LEAST_SPREAD)


def fuse(candidates: Candidates, background: tuple[float, float], attainable: float) -> Floats:
    """Return one score for each candidate of one language.

    `attainable` is about the BM25 score of a passage that has every term of the question: where the best candidate is
    far from it (a question in another language), the lexical leg has little to say, and its weight falls. The best
    candidate ends at a level that only legs which work across languages decide, so that languages can be compared:
    own-language passages share words with a question by chance.
    """
    if not len(candidates.dense):
        return np.zeros(0)
    mean, spread = background
    nearness = (candidates.dense - mean) / spread
    kinship = _standardised(candidates.cognate)
    reached = float(candidates.lexical.max(initial=0)) / attainable if attainable else 0.0
    weight = _LEXICAL * min(1.0, reached / _FULL_COVERAGE)
    fused = (_DENSE * nearness + weight * _standardised(candidates.lexical) + _COGNATE * kinship) / (
        _DENSE + weight + _COGNATE
    )
    best = int(np.argmax(fused))
    level = (1 - _COGNATE) * nearness[best] + _COGNATE * kinship[best]
    result: Floats = fused - fused[best] + level
    return result


def _standardised(scores: Floats) -> Floats:
    spread = float(scores.std())
    result: Floats = (scores - scores.mean()) / spread if spread > 0 else np.zeros(len(scores))
    return result


def _sample(index: Nearest, rows: Positions) -> Vectors:
    step = max(1, len(rows) // _SAMPLE)
    return index.vectors(rows[::step][:_SAMPLE])
