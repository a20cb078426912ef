"""An embeddings provider without a model: a text's vector is made of its words, so texts that share words are near."""

import hashlib
from collections.abc import Sequence

import numpy as np

from core.rag.embeddings import Vectors
from core.rag.tokens import terms


class WordEmbeddings:
    """Sums a fixed pseudo-random vector for each stem. `embedded` counts the passages embedded so far."""

    query_prefix = ""
    passage_prefix = ""

    def __init__(self, name: str = "fake/words", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.embedded = 0

    def embed_query(self, text: str) -> Vectors:
        """Return the question's vector, shape (dimension,)."""
        vector = np.ones(self.dimension, dtype=np.float32)
        for term in terms(text):
            seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8], "big")
            vector += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        normalised: Vectors = vector / np.float32(np.linalg.norm(vector))
        return normalised

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (len(texts), dimension)."""
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the passages' vectors, shape (len(texts), dimension)."""
        self.embedded += len(texts)
        return self.embed_queries(texts)
