"""The directions in which vectors differ most, for searches that need not read all of each vector."""

from typing import Any

import numpy as np

from core.rag.embeddings import Vectors
from core.rag.vector_index import faiss

_KEPT = 0.9
_STEP = 16
"""Share of the vectors' spread that their principal directions keep, and the multiple their number is brought to."""


def principal_directions(sample: Vectors) -> Any:
    """Return FAISS's transform to the fewest directions, at most all, that keep enough of the sample's spread.

    They are the leading eigenvectors of the second moments about 0, not the mean: so a vector's inner product with a
    question changes only by what both have in the directions left out. Spread is counted without the first, which is
    nearly the mean: e5's vectors share most of their length.
    """
    moments = (sample.T @ sample).astype(np.float64)
    spread, directions = np.linalg.eigh(moments)
    shares = np.cumsum(spread[::-1][1:]) / max(float(spread[:-1].sum()), np.finfo(float).tiny)
    enough = 2 + int(np.searchsorted(shares, _KEPT))
    count = min(len(moments), -(-enough // _STEP) * _STEP)
    turned = faiss.LinearTransform(len(moments), count, False)
    faiss.copy_array_to_vector(np.ascontiguousarray(directions[:, ::-1][:, :count].T, np.float32).ravel(), turned.A)
    turned.is_trained = True
    return turned
