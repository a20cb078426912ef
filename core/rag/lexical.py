"""The lexical leg: BM25 over stems and codes, in memory, built from the passages when a version is loaded."""

import logging
from collections.abc import Callable, Iterable, Sequence

import bm25s
import numpy as np
import numpy.typing as npt

_K1, _B = 0.9, 0.4

Scores = npt.NDArray[np.float32]

logging.getLogger("bm25s").setLevel(logging.WARNING)  # the library sets DEBUG on import


class LexicalIndex:
    """BM25 (Lucene's variant, k1 and b as in Anserini) over texts; a position is the text's place in the sequence."""

    def __init__(self, texts: Sequence[str], terms: Callable[[str], list[str]]) -> None:
        self._size = len(texts)
        self._vocabulary: dict[str, int] = {}
        documents = [
            [self._vocabulary.setdefault(term, len(self._vocabulary)) for term in terms(text)] for text in texts
        ]
        self._frequency = np.zeros(len(self._vocabulary), dtype=np.int64)
        for document in documents:
            self._frequency[list(set(document))] += 1
        self._bm25 = bm25s.BM25(method="lucene", k1=_K1, b=_B)
        if self._vocabulary:
            self._bm25.index((documents, self._vocabulary), create_empty_token=False, show_progress=False)

    def __len__(self) -> int:
        return self._size

    def scores(self, query: Iterable[str]) -> Scores:
        """Return the BM25 score of every text for these terms, shape (n,)."""
        known = [self._vocabulary[term] for term in query if term in self._vocabulary]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        scores: Scores = self._bm25.get_scores_from_ids(known)
        return scores

    def rarity(self, term: str) -> float:
        """Return the term's inverse document frequency (Lucene's formula); the highest for a term that no text has."""
        known = self._vocabulary.get(term)
        frequency = 0 if known is None else int(self._frequency[known])
        return float(np.log1p((self._size - frequency + 0.5) / (frequency + 0.5)))

    def attainable(self, concepts: Iterable[Sequence[str]]) -> float:
        """Return a bound of the score of a text with all concepts, each given as the terms that may stand for it."""
        rarest = (max(map(self.rarity, [*filter(self.knows, ways)] or ways[:1])) for ways in concepts if ways)
        return sum(rarest) * (_K1 + 1)

    def knows(self, term: str) -> bool:
        """Tell whether any text has the term."""
        return term in self._vocabulary
