"""Approximate search in large indexes: clusters (IVF) of vectors in 8 bits (SQ8), candidates scored again exactly.

Clusters and 8-bit codes hold the vectors in their principal directions only: what a search reads, and so its time,
falls with the dimension; what the other directions would add is little, and the exact scores make up for it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from faiss.contrib import inspect_tools as inspect_tools_untyped

from core.rag.directions import principal_directions
from core.rag.embeddings import Vectors
from core.rag.probing import measured_probes
from core.rag.vector_index import (
    BLOCK,
    INDEX_FILE,
    Mask,
    Metric,
    Nearest,
    Positions,
    VectorIndex,
    check_normalised,
    check_question,
    faiss,
    metric_of,
    nothing,
    read_faiss,
    selector,
    write_faiss,
)

inspect_tools: Any = inspect_tools_untyped

VECTORS_FILE = "vectors.f16"
HalfVectors = npt.NDArray[np.float16]
Asked = Callable[[], Vectors]
"""Returns vectors of questions, shape (n, dimension)."""

_PER_CLUSTER = 40
"""Vectors in the training sample for each cluster; FAISS warns below 39."""
_SEED = 20_261_123
_WIDEST = 8
"""A search visits at most one in so many clusters, unless a filter leaves few vectors in each."""
_FEW_ALLOWED = 4096
"""With fewer vectors allowed, all of them are compared: that is faster, and exact."""
_OVERSAMPLING = 4
_FEWEST = 300
"""Candidates scored again for each result, and the fewest in all: principal directions order neighbours but roughly."""
_CLUSTERS_AT_ONCE = 1
"""FAISS's `parallel_mode` for IVF: one question's clusters are shared out among the cores (0 shares out questions)."""
_STALE = 0.2
"""Share of vectors that may have come since the clusters were trained; with more, they are trained anew."""


@dataclass(frozen=True, slots=True)
class IndexKind:
    """How vectors are searched; `metadata.json` keeps it. An exact index has no parameters.

    `clusters` (FAISS: nlist), of which a search visits `probes` (nprobe); `training` vectors, drawn with `seed`. Since
    the training `added` vectors have come. Vectors are searched in `directions` (as FAISS's PCA, without its centring),
    in all of theirs where that is 0.
    """

    quantiser: Literal["none", "sq8"] = "none"
    clusters: int = 0
    probes: int = 0
    training: int = 0
    seed: int = 0
    added: int = 0
    directions: int = 0

    @classmethod
    def for_size(cls, size: int, exact_up_to: int) -> "IndexKind":
        """Return the kind for `size` vectors: exact, or about 4 √n clusters (FAISS's guidelines for a million)."""
        if size <= exact_up_to:
            return cls()
        clusters = 2 ** round(np.log2(4 * np.sqrt(size)))
        clusters = max(1, min(clusters, size // _PER_CLUSTER))
        return cls("sq8", clusters, probes=1, training=clusters * _PER_CLUSTER, seed=_SEED)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An index to be used again: vector i of the new one is its vector `rows[i]`, or a new one where that is -1."""

    index: Nearest
    rows: Positions


def build_index(
    vectors: npt.NDArray[np.floating],
    metric: Metric,
    exact_up_to: int,
    earlier: Earlier | None = None,
    asked: Asked | None = None,
) -> tuple[Nearest, IndexKind]:
    """Index the rows of `vectors` (float16 or float32) as their number asks for, on clusters of `earlier` if it can be.

    `asked` is called only where clusters are trained, to measure how many of them a search must visit.

    Raises:
        ValueError: rows that are not of length 1, or another shape.
    """
    kind = IndexKind.for_size(len(vectors), exact_up_to)
    if kind.quantiser == "none":
        return VectorIndex.build(vectors.astype(np.float32, copy=False), metric), kind
    halves = vectors.astype(np.float16, copy=False)
    index = (earlier and _revised(halves, metric, kind, earlier)) or ClusteredIndex.build(halves, kind, metric, asked)
    return index, index.kind


def _revised(vectors: HalfVectors, metric: Metric, kind: IndexKind, earlier: Earlier) -> "ClusteredIndex | None":
    """Return the index of `vectors` on the clusters of `earlier`; None where others are wanted, or these are stale."""
    index = earlier.index
    if not isinstance(index, ClusteredIndex) or index.metric != metric or index.dimension != vectors.shape[1]:
        return None
    found = index.kind
    same_clusters = found.directions > 0 and found == replace(
        kind, probes=found.probes, added=found.added, directions=found.directions
    )
    added = index.kind.added + int(np.count_nonzero(earlier.rows < 0))
    if not same_clusters or added > _STALE * len(vectors):
        return None
    return index.revised(vectors, earlier.rows)


def load_index(folder: dict[str, Path], kind: IndexKind) -> Nearest:
    """Read an index of `kind` from its files, given by name.

    Raises:
        ValueError, KeyError: the files hold something else.
    """
    if kind.quantiser == "none":
        return VectorIndex.load(folder[INDEX_FILE])
    return ClusteredIndex.load(folder[INDEX_FILE], folder[VECTORS_FILE], kind)


class ClusteredIndex:
    """IVF over SQ8, and the vectors in half precision: scores differ from exact inner products by less than 1e-4.

    `index` is FAISS's IVF, within an `IndexPreTransform` that turns vectors into their principal directions.
    """

    def __init__(self, index: Any, vectors: HalfVectors, kind: IndexKind) -> None:
        self._index = index
        self._clusters = faiss.extract_index_ivf(index)
        self._clusters.parallel_mode = _CLUSTERS_AT_ONCE
        self._vectors = vectors
        self.kind = kind

    @classmethod
    def build(
        cls, vectors: HalfVectors, kind: IndexKind, metric: Metric = "ip", asked: Asked | None = None
    ) -> "ClusteredIndex":
        """Train on a sample, add `vectors` block by block, and find how many clusters a search must visit.

        Raises:
            ValueError: rows that are not of length 1, or another shape.
        """
        check_normalised(vectors)
        measure = faiss.METRIC_INNER_PRODUCT if metric == "ip" else faiss.METRIC_L2
        picked = np.random.default_rng(kind.seed).choice(len(vectors), min(kind.training, len(vectors)), replace=False)
        sample = vectors[np.sort(picked)].astype(np.float32)
        turned = principal_directions(sample)
        clusters = faiss.index_factory(turned.d_out, f"IVF{kind.clusters},SQ8", measure)
        clusters.cp.seed = kind.seed
        index = faiss.IndexPreTransform(turned, clusters)
        index.train(sample)
        for start in range(0, len(vectors), BLOCK):
            index.add(vectors[start : start + BLOCK].astype(np.float32))
        built = cls(index, vectors, replace(kind, directions=turned.d_out))
        questions = asked() if asked else np.empty((0, vectors.shape[1]), dtype=np.float32)
        most = max(1, kind.clusters // _WIDEST)
        probes = measured_probes(built._found, vectors, questions, most, kind.seed)
        return cls(index, vectors, replace(built.kind, probes=probes))

    def revised(self, vectors: HalfVectors, rows: Positions) -> "ClusteredIndex":
        """Return an index of `vectors` with the clusters of this one, from which vector i is taken as `rows[i]` says.

        Only vectors that are new (row -1) are compared with the clusters; the others keep theirs, and their 8 bits.

        Raises:
            ValueError: new rows that are not of length 1.
        """
        index = faiss.clone_index(self._index)
        index.reset()
        kept = np.unique(rows, return_index=True)[1]  # a row that is wanted twice is kept once, and added once
        kept = kept[rows[kept] >= 0]
        place = np.full(len(self), -1, dtype=np.int64)
        place[rows[kept]] = kept
        clusters = faiss.extract_index_ivf(index)
        _copy_clusters(self._clusters.invlists, clusters.invlists, place)
        clusters.ntotal = index.ntotal = len(kept)
        fresh = np.setdiff1d(np.arange(len(rows)), kept)
        check_normalised(vectors[fresh])
        index.add_with_ids(vectors[fresh].astype(np.float32), fresh)
        added = self.kind.added + int(np.count_nonzero(rows < 0))
        return ClusteredIndex(index, vectors, replace(self.kind, added=added))

    @classmethod
    def load(cls, index_file: Path, vectors_file: Path, kind: IndexKind) -> "ClusteredIndex":
        """Read what `save` wrote; the vectors stay on disk and are read where they are needed.

        Raises:
            ValueError: other files, or of another kind.
        """
        index = read_faiss(index_file)
        clusters = faiss.downcast_index(faiss.try_extract_index_ivf(index))
        right = isinstance(clusters, faiss.IndexIVFScalarQuantizer) and clusters.nlist == kind.clusters
        if not right or kind.probes < 1 or clusters.d != (kind.directions or index.d):
            raise ValueError(f"the index is not of the kind {asdict(kind)}")
        return cls(index, map_vectors(vectors_file, index.ntotal, index.d), kind)

    def save(self, folder: Path) -> None:
        """Write the index's files into `folder`."""
        write_faiss(self._index, folder / INDEX_FILE)
        with (folder / VECTORS_FILE).open("wb") as file:
            for start in range(0, len(self), BLOCK):
                file.write(self._vectors[start : start + BLOCK].tobytes())

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

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
        if k < 1:
            return nothing()
        probes = self.kind.probes
        if allowed is not None:
            count = int(np.count_nonzero(allowed))
            if count <= max(_FEW_ALLOWED, k):
                return self._scored(np.flatnonzero(allowed), vector, k)
            probes = min(self.kind.clusters, -(-probes * len(self) // count))
        return self._scored(self._candidates(vector, k, probes, allowed), vector, k)

    def _found(self, vector: Vectors, k: int, probes: int) -> Positions:
        return self._scored(self._candidates(vector, k, probes), vector, k)[0]

    def _scored(self, found: Positions, vector: Vectors, k: int) -> tuple[Positions, Vectors]:
        scores = self.vectors(found) @ vector
        best = np.argsort(-scores, kind="stable")[:k]
        return found[best], scores[best]

    def _candidates(self, vector: Vectors, k: int, probes: int, allowed: Mask | None = None) -> Positions:
        chosen = None if allowed is None else selector(allowed)
        parameters = faiss.SearchParametersIVF(nprobe=probes, sel=chosen)
        wanted = min(max(_FEWEST, k * _OVERSAMPLING), len(self))
        _, positions = self._index.search(vector[np.newaxis], wanted, params=parameters)
        found: Positions = positions[0][positions[0] >= 0]
        return found

    def vectors(self, positions: Positions) -> Vectors:
        """Return the vectors at `positions`, shape (len(positions), dimension)."""
        return np.asarray(self._vectors[positions], dtype=np.float32)


def map_vectors(path: Path, size: int, dimension: int) -> HalfVectors:
    """Return the vectors in `path`, shape (size, dimension), read from disk where they are needed.

    Raises:
        ValueError: there are more or fewer.
    """
    if path.stat().st_size != size * dimension * np.dtype(np.float16).itemsize:
        raise ValueError(f"{path.name} does not hold {size} vectors")
    return np.memmap(path, dtype=np.float16, mode="r", shape=(size, dimension))


def _copy_clusters(source: Any, target: Any, place: Positions) -> None:
    """Copy inverted lists: vector i becomes vector `place[i]`, or is left out where that is -1."""
    for number in range(source.nlist):
        ids, codes = inspect_tools.get_invlist(source, number)
        moved = place[ids]
        staying = moved >= 0
        moved, codes = moved[staying], np.ascontiguousarray(codes[staying])
        if len(moved):
            target.add_entries(number, len(moved), faiss.swig_ptr(moved), faiss.swig_ptr(codes))
