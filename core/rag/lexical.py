"""The lexical leg: BM25 over stems and codes, in memory."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from core.rag.postings import Postings, Tokenizer
from core.rag.vector_index import Mask

_K1, _B = 0.9, 0.4

Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """BM25 (Lucene's variant, k1 and b as in Anserini) over texts; a position is the text's place in the sequence.

    What a term adds to a text's score is worked out beforehand, so that a search only adds up (S. Lù, "BM25S", 2024).
    """

    def __init__(self, postings: Postings) -> None:
        self.postings = postings
        self._vocabulary = {term: number for number, term in enumerate(postings.vocabulary)}
        self._frequency = np.diff(postings.starts)
        lengths = postings.lengths / max(float(postings.lengths.mean()) if len(postings.lengths) else 0.0, 1.0)
        damping = (_K1 * (1 - _B + _B * lengths)).astype(np.float32)
        weights = postings.counts / (postings.counts + damping[postings.texts])
        rarity = np.log1p((len(self) - self._frequency + 0.5) / (self._frequency + 0.5)).astype(np.float32)
        self._weights: Scores = np.repeat(rarity, self._frequency) * weights

    @classmethod
    def of(cls, texts: Sequence[str], tokenizer: Tokenizer) -> "LexicalIndex":
        """Index `texts`."""
        return cls(Postings.count(texts, tokenizer))

    def __len__(self) -> int:
        return len(self.postings.lengths)

    def scores(self, query: Iterable[str]) -> Scores:
        """Return the BM25 score of every text for these terms, shape (n,); a term given twice counts twice."""
        scores = np.zeros(len(self), dtype=np.float32)
        for term in query:
            if (number := self._vocabulary.get(term)) is not None:
                entries = self._entries(number)
                scores[self.postings.texts[entries]] += self._weights[entries]
        return scores

    def rarity(self, term: str) -> float:
        """Return the term's inverse document frequency (Lucene's formula); the highest for a term that no text has."""
        known = self._vocabulary.get(term)
        frequency = 0 if known is None else int(self._frequency[known])
        return float(np.log1p((len(self) - frequency + 0.5) / (frequency + 0.5)))

    def attainable(self, concepts: Iterable[Sequence[str]]) -> float:
        """Return a bound of the score of a text with all concepts, each given as the terms that may stand for it."""
        rarest = (max(map(self.rarity, [*filter(self.knows, ways)] or ways[:1])) for ways in concepts if ways)
        return sum(rarest) * (_K1 + 1)

    def knows(self, term: str, among: Mask | None = None) -> bool:
        """Tell whether any text has the term, or any `among` them."""
        if (number := self._vocabulary.get(term)) is None:
            return False
        return among is None or bool(among[self.postings.texts[self._entries(number)]].any())

    def _entries(self, number: int) -> slice:
        return slice(self.postings.starts[number], self.postings.starts[number + 1])
