"""A library of any size that reads, and lies in the space of vectors, as the demonstration handbook does.

Embedding 100,000 passages takes hours, and random vectors have nothing to do with real questions. So the handbook is
copied, for one made-up machine after another: each passage keeps most of its sentences, gets others from passages in
its language, and a part number of its machine's own. Words are as frequent as in the handbook, which makes long lists
of postings: a real library of that size would have more words, each in fewer passages. The vector of a copy is that of
its original and some noise, as far away as neighbours in multilingual-e5's space are.
"""

import random
import re
from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from core.rag.answers import Passage
from core.rag.chunking import passage_hash
from core.rag.embeddings import EmbeddingsProvider, Vectors
from core.rag.vectors import read_vectors
from demo.seed import HANDBOOK_VECTORS
from demo.vectors import handbook_passages

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_FOREIGN = 0.3
"""Share of a copy's sentences that come from other passages."""
_NOISE = 0.06
"""Variance of a copy's vector around its original: cosine 0.97 with it, 0.94 with the next copy (0.93 was measured
between nearest neighbours in the handbook)."""
_ABOUT_A_MACHINE, _FOR_ADMINS = 3, 10
"""One machine in so many has documents that are about it only, or for admins only."""


class Library:
    """`size` passages; the same size and seed give the same library."""

    def __init__(self, size: int, provider: EmbeddingsProvider, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        originals = handbook_passages()
        self._sentences: dict[str, list[str]] = {}
        for passage in originals:
            self._sentences.setdefault(passage.language, []).extend(_SENTENCE_END.split(passage.text))
        hashes = [passage_hash(passage) for passage in originals]
        known = read_vectors(HANDBOOK_VECTORS, provider, hashes)
        self.passages: list[Passage] = []
        self._originals: dict[str, Vectors] = {}
        for machine, original, digest in _copies(originals, hashes, size):
            copy = self._copy(original, machine)
            self.passages.append(copy)
            self._originals[passage_hash(copy)] = known[digest]

    def vectors(self, _: EmbeddingsProvider, wanted: Collection[str]) -> dict[str, Vectors]:
        """Return the vectors of the passages with the `wanted` hashes: a `core.rag.vectors.VectorSource`."""
        return {digest: self._near(self._originals[digest]) for digest in wanted}

    def _copy(self, original: Passage, machine: int) -> Passage:
        own = _SENTENCE_END.split(original.text)
        others = self._sentences[original.language]
        text = " ".join(self._random.choice(others) if self._random.random() < _FOREIGN else one for one in own)
        return replace(
            original,
            id=f"{machine}:{original.id}",
            document=f"{machine:05d}/{original.document}",
            title=f"{original.title} HX-{machine:05d}",
            text=f"{text} HX-{machine:05d}-{self._random.randrange(1000):03d}",
            machines=(f"HX-{machine:05d}",) if machine % _ABOUT_A_MACHINE == 1 else (),
            access="admin" if machine % _FOR_ADMINS == 9 else "public",
        )

    def _near(self, vector: Vectors) -> Vectors:
        spread = np.float32(np.sqrt(_NOISE / len(vector)))
        moved = vector + self._noise.standard_normal(len(vector), dtype=np.float32) * spread
        result: Vectors = moved / np.linalg.norm(moved)
        return result


def _copies(originals: list[Passage], hashes: list[str], size: int) -> Iterator[tuple[int, Passage, str]]:
    for number in range(size):
        machine, row = divmod(number, len(originals))
        yield machine, originals[row], hashes[row]
