"""A version of the index in memory: passages, their vectors and their terms. Never changes; replaced as a whole."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial

import numpy as np
import numpy.typing as npt
import orjson

from core.rag.answers import Passage
from core.rag.calibration import Calibration, calibration_for
from core.rag.chunking import CHUNKER, embedded_text, passage_hash
from core.rag.clusters import Earlier, IndexKind, build_index
from core.rag.embeddings import EmbeddingsProvider
from core.rag.lexical import LexicalIndex
from core.rag.postings import Rows, Tokenizer
from core.rag.probing import sentences_asked
from core.rag.tokens import cognates, terms
from core.rag.vector_index import BLOCK, Metric, Nearest
from core.rag.vectors import VectorSource, embedding_fingerprint
from core.rag.versions import IndexMetadata

EXACT_UP_TO = 100_000
"""Passages up to which every vector is compared with a question: 12 ms at that number."""
_PROGRESS_EVERY = 64
_SEED = 20_261_130

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

    @classmethod
    def stored(cls, metadata: IndexMetadata) -> "IndexFormat":
        """Return what `metadata` says."""
        return cls(**{one.name: getattr(metadata, one.name) for one in fields(cls)})

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all fields, hex."""
        return hashlib.sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()

    @property
    def embedding(self) -> str:
        """SHA-256 of what the vectors depend on, hex: the same text has the same vector in formats that agree here."""
        return embedding_fingerprint(self.model, self)

    def __str__(self) -> str:
        return f"{self.model} (dimension {self.dimension}, {self.metric}, chunker {self.chunker})"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Row i of `index` and text i of `lexical` and `cognates` are `passages[i]`.

    `version` is None until saved, `identity` (`IndexMetadata.identity`) is empty until then.
    """

    format: IndexFormat
    passages: tuple[Passage, ...]
    index: Nearest
    lexical: LexicalIndex
    cognates: LexicalIndex
    kind: IndexKind
    calibration: Calibration
    version: int | None = None
    identity: str = ""


def build_snapshot(
    passages: Sequence[Passage],
    provider: EmbeddingsProvider,
    *,
    metric: Metric = "ip",
    exact_up_to: int = EXACT_UP_TO,
    previous: Snapshot | None = None,
    source: VectorSource | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """Index `passages`; texts whose vectors `previous` or `source` have are not embedded again, nor counted again."""
    hashes = [passage_hash(passage) for passage in passages]
    before = {passage_hash(passage): row for row, passage in enumerate(previous.passages)} if previous else {}
    rows = np.array([before.get(digest, -1) for digest in hashes], dtype=np.int64)
    new_texts = [passage_text(passage) for passage, row in zip(passages, rows, strict=True) if row < 0]
    wanted = IndexFormat.of(provider, metric)
    vectors = np.empty((len(passages), provider.dimension), np.float16 if len(passages) > exact_up_to else np.float32)
    kept = previous if previous and previous.format.embedding == wanted.embedding else None
    missing = _copy_vectors(vectors, rows, kept)
    _fill_vectors(vectors, missing, passages, hashes, provider, source, progress)
    earlier = Earlier(kept.index, rows) if kept else None
    asked = partial(sentences_asked, [passage.text for passage in passages], provider, _SEED)
    index, kind = build_index(vectors, metric, exact_up_to, earlier, asked)
    return Snapshot(
        wanted,
        tuple(passages),
        index,
        _terms(rows, new_texts, terms, previous.lexical if previous else None),
        _terms(rows, new_texts, cognates, previous.cognates if previous else None),
        kind,
        calibration_for(provider.name),
    )


def passage_text(passage: Passage) -> str:
    """Return what is embedded and searched of a passage."""
    return embedded_text(passage.title, passage.section, passage.text)


def _terms(rows: Rows, new_texts: Sequence[str], tokenizer: Tokenizer, previous: LexicalIndex | None) -> LexicalIndex:
    if previous is None:
        return LexicalIndex.of(new_texts, tokenizer)
    return LexicalIndex(previous.postings.revised(rows, new_texts, tokenizer))


def _copy_vectors(vectors: npt.NDArray[np.floating], rows: Rows, previous: Snapshot | None) -> Rows:
    """Fill in what `previous` has, block by block; return the positions that are left."""
    if previous is None:
        return np.arange(len(rows))
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        known = np.flatnonzero(block >= 0)
        vectors[start + known] = previous.index.vectors(block[known])
    return np.flatnonzero(rows < 0)


def _fill_vectors(
    vectors: npt.NDArray[np.floating],
    missing: Rows,
    passages: Sequence[Passage],
    hashes: Sequence[str],
    provider: EmbeddingsProvider,
    source: VectorSource | None,
    progress: Progress | None,
) -> None:
    """Fill in the vectors at `missing`: from `source`, or embedded; equal texts once."""
    places: dict[str, list[int]] = {}
    for position in missing.tolist():
        places.setdefault(hashes[position], []).append(position)
    known = source(provider, places.keys()) if source and places else {}
    for digest, vector in known.items():
        vectors[places[digest]] = vector
    digests = [digest for digest in places if digest not in known]
    for start in range(0, len(digests), _PROGRESS_EVERY):
        batch = digests[start : start + _PROGRESS_EVERY]
        found = provider.embed_passages([passage_text(passages[places[digest][0]]) for digest in batch])
        for digest, vector in zip(batch, found, strict=True):
            vectors[places[digest]] = vector
        if progress:
            progress(start + len(batch), len(digests))
