"""Nearest vectors, over FAISS. An index is built once and never changes, so any number of threads may search it."""

from typing import Any, Literal

import faiss as faiss_untyped
import numpy as np
import numpy.typing as npt

from core.rag.embeddings import Vectors

Metric = Literal["ip", "l2"]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

faiss: Any = faiss_untyped  # its stubs describe the C++ side, not the Python wrappers that are called here


class VectorIndex:
    """Exact search over L2-normalised vectors; a position is the row that the vector had in `build`.

    Either metric ranks normalised vectors alike; scores are always inner products.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors, metric: Metric = "ip") -> "VectorIndex":
        """Index the rows of `vectors`, shape (n, dimension).

        Raises:
            ValueError: rows that are not of length 1, or another shape.
        """
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise ValueError(f"vectors must have shape (n, dimension), not {vectors.shape}")
        if len(vectors) and not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
            raise ValueError("vectors must be L2-normalised")
        flat = faiss.IndexFlatIP if metric == "ip" else faiss.IndexFlatL2
        index = flat(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def from_bytes(cls, data: bytes) -> "VectorIndex":
        """Read what `to_bytes` wrote.

        Raises:
            ValueError: not a FAISS index.
        """
        try:
            return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
        except RuntimeError as error:
            raise ValueError(f"not a FAISS index: {error}") from error

    def to_bytes(self) -> bytes:
        """Return FAISS's own format."""
        return bytes(faiss.serialize_index(self._index).data)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def metric(self) -> Metric:
        """Inner product or squared Euclidean distance."""
        return "ip" if self._index.metric_type == faiss.METRIC_INNER_PRODUCT else "l2"

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Positions, Vectors]:
        """Return positions and inner products of the `k` nearest (fewer where fewer are allowed), best first.

        Raises:
            ValueError: `vector` has another dimension.
        """
        if vector.shape != (self.dimension,):
            raise ValueError(f"the index has dimension {self.dimension}, the question {vector.shape}")
        if not len(self) or k < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
            parameters = faiss.SearchParameters(sel=selector)
        distances, positions = self._index.search(vector[np.newaxis], min(k, len(self)), params=parameters)
        found = positions[0] >= 0
        scores = distances[0][found] if self.metric == "ip" else 1 - distances[0][found] / 2
        return positions[0][found], scores

    def vectors(self, positions: Positions) -> Vectors:
        """Return the vectors at `positions`, shape (len(positions), dimension)."""
        if not len(positions):
            return np.empty((0, self.dimension), dtype=np.float32)
        rows: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(positions, dtype=np.int64))
        return rows
