"""Nearest vectors, over FAISS. An index is built once and never changes, so any number of threads may search it.

Small indexes are exact. Large ones (`IndexKind.for_size`) are cut into clusters, of which a search visits the nearest;
there the vectors lie beside the FAISS index in half precision, for the scores and for the next build.
"""

from pathlib import Path
from typing import Any, Literal, Protocol

import faiss as faiss_untyped
import numpy as np
import numpy.typing as npt

from core.rag.embeddings import Vectors

Metric = Literal["ip", "l2"]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

faiss: Any = faiss_untyped  # its stubs describe the C++ side, not the Python wrappers that are called here

INDEX_FILE = "index.faiss"
BLOCK = 65_536
"""Rows that are converted, added or compared at once: 100 MB at 384 dimensions."""


class Nearest(Protocol):
    """What searches use of an index; positions are rows in the order in which the vectors were given."""

    def __len__(self) -> int: ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Positions, Vectors]:
        """Return positions and inner products of the `k` nearest (fewer where fewer are allowed), best first."""
        ...

    def vectors(self, positions: Positions) -> Vectors:
        """Return the vectors at `positions`, shape (len(positions), dimension)."""
        ...

    def save(self, folder: Path) -> None:
        """Write the index's files into `folder`."""
        ...


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
        check_normalised(vectors)
        flat = faiss.IndexFlatIP if metric == "ip" else faiss.IndexFlatL2
        index = flat(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> "VectorIndex":
        """Read what `save` wrote.

        Raises:
            ValueError: not a FAISS index of this kind.
        """
        index = read_faiss(path)
        if not isinstance(index, faiss.IndexFlat):
            raise ValueError(f"{path.name} is not an exact index")
        return cls(index)

    def save(self, folder: Path) -> None:
        """Write the index's files into `folder`, in FAISS's own format."""
        write_faiss(self._index, folder / INDEX_FILE)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    @property
    def metric(self) -> Metric:
        """Inner product or squared Euclidean distance."""
        return metric_of(self._index)

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Positions, Vectors]:
        """Return positions and inner products of the `k` nearest (fewer where fewer are allowed), best first.

        Raises:
            ValueError: `vector` has another dimension.
        """
        check_question(vector, self.dimension)
        if not len(self) or k < 1:
            return nothing()
        parameters = None if allowed is None else faiss.SearchParameters(sel=selector(allowed))
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


def check_normalised(vectors: npt.NDArray[np.floating]) -> None:
    """Raise ValueError unless `vectors` are rows of length 1."""
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise ValueError(f"vectors must have shape (n, dimension), not {vectors.shape}")
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float32, copy=False)
        if not np.allclose(np.linalg.norm(block, axis=1), 1, atol=1e-3):
            raise ValueError("vectors must be L2-normalised")


def check_question(vector: Vectors, dimension: int) -> None:
    """Raise ValueError unless `vector` has the index's dimension."""
    if vector.shape != (dimension,):
        raise ValueError(f"the index has dimension {dimension}, the question {vector.shape}")


def nothing() -> tuple[Positions, Vectors]:
    """Return what a search without results returns."""
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)


def selector(allowed: Mask) -> Any:
    """Return FAISS's form of a mask."""
    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def metric_of(index: Any) -> Metric:
    """Return the metric of a FAISS index."""
    return "ip" if index.metric_type == faiss.METRIC_INNER_PRODUCT else "l2"


def write_faiss(index: Any, path: Path) -> None:
    """Write a FAISS index. Python writes the file: FAISS itself is silent about a disk that is full at its last bytes.

    Raises:
        OSError: the disk refused.
    """
    path.write_bytes(memoryview(faiss.serialize_index(index)))


def read_faiss(path: Path) -> Any:
    """Read a FAISS index.

    Raises:
        ValueError: it is something else.
    """
    try:
        return faiss.read_index(str(path))
    except RuntimeError as error:
        raise ValueError(f"not a FAISS index: {error}") from error
