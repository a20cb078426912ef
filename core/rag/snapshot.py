"""A version of the index in memory: passages, their vectors and their terms. Never changes; replaced as a whole."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import orjson

from core.rag.answers import Passage
from core.rag.chunking import CHUNKER, embedded_text, passage_hash
from core.rag.embeddings import EmbeddingsProvider, Vectors
from core.rag.lexical import LexicalIndex
from core.rag.storage import IndexCorruptError, IndexMetadata, IndexMismatchError, LocalStorageBackend
from core.rag.tokens import cognates, terms
from core.rag.vector_index import Metric, VectorIndex
from core.rag.vectors import VectorSource

INDEX_FILE = "index.faiss"
PASSAGES_FILE = "passages.jsonl"
_PROGRESS_EVERY = 64

Progress = Callable[[int, int], None]
"""Called with passages embedded so far, and passages to embed."""


@dataclass(frozen=True, slots=True)
class IndexFormat:
    """All that must agree before a question may be compared with an index."""

    model: str
    dimension: int
    metric: Metric
    query_prefix: str
    passage_prefix: str
    chunker: str = CHUNKER

    @classmethod
    def of(cls, provider: EmbeddingsProvider, metric: Metric) -> "IndexFormat":
        """Return what `provider` and `metric` build today."""
        return cls(provider.name, provider.dimension, metric, provider.query_prefix, provider.passage_prefix)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all fields, hex."""
        return hashlib.sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Row i of `index` and text i of `lexical` and `cognates` are `passages[i]`. `version` is None until saved."""

    format: IndexFormat
    passages: tuple[Passage, ...]
    index: VectorIndex
    lexical: LexicalIndex
    cognates: LexicalIndex
    version: int | None = None


def build_snapshot(
    passages: Sequence[Passage],
    provider: EmbeddingsProvider,
    *,
    metric: Metric = "ip",
    previous: Snapshot | None = None,
    source: VectorSource | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """Index `passages`; texts that `previous` has in the same format, or `source`, are not embedded again."""
    index_format = IndexFormat.of(provider, metric)
    hashes = [passage_hash(passage) for passage in passages]
    known = _known_vectors(previous, index_format, set(hashes))
    if source:
        known |= source(provider, set(hashes) - known.keys())
    texts = {digest: _text(passage) for digest, passage in zip(hashes, passages, strict=True) if digest not in known}
    known |= _embed(texts, provider, progress)
    vectors = np.empty((len(passages), provider.dimension), dtype=np.float32)
    for row, digest in enumerate(hashes):
        vectors[row] = known[digest]
    return _assemble(index_format, tuple(passages), VectorIndex.build(vectors, metric))


def save_snapshot(snapshot: Snapshot, storage: LocalStorageBackend, version: int, *, created_at: datetime) -> Snapshot:
    """Write `snapshot` as `v_<version>` and return it with its version; it is not activated.

    Raises:
        ConflictError, StorageFullError, StorageError: see `LocalStorageBackend.write`.
    """

    def save(folder: Path) -> None:
        (folder / INDEX_FILE).write_bytes(snapshot.index.to_bytes())
        with (folder / PASSAGES_FILE).open("wb") as file:
            file.writelines(orjson.dumps(passage) + b"\n" for passage in snapshot.passages)

    metadata = IndexMetadata(
        version=version,
        fingerprint=snapshot.format.fingerprint,
        documents=len({passage.document for passage in snapshot.passages}),
        passages=len(snapshot.passages),
        created_at=created_at.isoformat(),
        checksums={},
        **asdict(snapshot.format),
    )
    storage.write(metadata, save)
    return replace(snapshot, version=version)


def load_snapshot(
    storage: LocalStorageBackend, version: int, provider: EmbeddingsProvider, *, metric: Metric = "ip"
) -> Snapshot:
    """Read `v_<version>` back for questions embedded by `provider`.

    Raises:
        IndexNotFoundError: no such version.
        IndexMismatchError: built by another model, dimension, metric, prefix or chunker.
        IndexCorruptError: files are missing, damaged, or don't belong together.
    """
    metadata = storage.metadata(version)
    index_format = IndexFormat.of(provider, metric)
    if metadata.fingerprint != index_format.fingerprint:
        raise IndexMismatchError(
            f"index version {version} was built by {_described(metadata)}, "
            f"questions are embedded by {_described(index_format)}: rebuild it",
            version=version,
            built_by=metadata.model,
            wanted=index_format.model,
        )
    try:
        index_data, passage_data = (
            storage.read(version, name, metadata.checksums[name]) for name in (INDEX_FILE, PASSAGES_FILE)
        )
        index = VectorIndex.from_bytes(index_data)
        passages = tuple(Passage(**orjson.loads(line)) for line in passage_data.splitlines())
    except (KeyError, TypeError, ValueError) as error:
        raise IndexCorruptError(f"index version {version}: {error}", version=version) from error
    if len(index) != len(passages) or index.dimension != metadata.dimension:
        raise IndexCorruptError(f"index version {version}: passages and vectors don't match", version=version)
    return replace(_assemble(index_format, passages, index), version=version)


def _assemble(index_format: IndexFormat, passages: tuple[Passage, ...], index: VectorIndex) -> Snapshot:
    texts = [_text(passage) for passage in passages]
    return Snapshot(index_format, passages, index, LexicalIndex(texts, terms), LexicalIndex(texts, cognates))


def _text(passage: Passage) -> str:
    return embedded_text(passage.title, passage.section, passage.text)


def _known_vectors(previous: Snapshot | None, wanted: IndexFormat, hashes: set[str]) -> dict[str, Vectors]:
    if previous is None or previous.format != wanted:
        return {}
    digests = [passage_hash(passage) for passage in previous.passages]
    rows = [row for row, digest in enumerate(digests) if digest in hashes]
    vectors = previous.index.vectors(np.array(rows, dtype=np.int64))
    return {digests[row]: vector for row, vector in zip(rows, vectors, strict=True)}


def _embed(texts: dict[str, str], provider: EmbeddingsProvider, progress: Progress | None) -> dict[str, Vectors]:
    digests = list(texts)
    vectors: dict[str, Vectors] = {}
    for start in range(0, len(digests), _PROGRESS_EVERY):
        batch = digests[start : start + _PROGRESS_EVERY]
        rows = provider.embed_passages([texts[digest] for digest in batch])
        vectors |= dict(zip(batch, rows, strict=True))
        if progress:
            progress(len(vectors), len(digests))
    return vectors


def _described(form: IndexMetadata | IndexFormat) -> str:
    return f"{form.model} (dimension {form.dimension}, {form.metric}, chunker {form.chunker})"
