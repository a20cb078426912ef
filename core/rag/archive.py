"""Snapshots to files and back: what a version's folder holds."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from importlib.metadata import version as package_version
from pathlib import Path

import orjson

from core.rag import tokens
from core.rag.answers import Passage
from core.rag.calibration import Calibration, calibration_for
from core.rag.clusters import IndexKind
from core.rag.embeddings import EmbeddingsProvider
from core.rag.lexical import LexicalIndex
from core.rag.postings import Postings, Tokenizer
from core.rag.snapshot import IndexFormat, Snapshot, passage_text
from core.rag.vector_index import Metric
from core.rag.versions import IndexCorruptError, IndexMetadata, IndexMismatchError, IndexStorage

PASSAGES_FILE = "passages.jsonl"
LEXICAL_FILE = "lexical.npz"
COGNATES_FILE = "cognates.npz"


def _tokenizer() -> str:
    """Name the way in which terms are counted today: by its source, so that no change of it can be forgotten."""
    stemmer, stop_words = package_version("PyStemmer"), package_version("bm25s")
    return hashlib.sha256(Path(tokens.__file__).read_bytes() + f"{stemmer} {stop_words}".encode()).hexdigest()


TOKENIZER = _tokenizer()


def save_snapshot(snapshot: Snapshot, storage: IndexStorage, version: int, *, created_at: datetime) -> Snapshot:
    """Write `snapshot` as `v_<version>` and return it with its version; it is not activated.

    Raises:
        ConflictError, StorageFullError, StorageError: see `IndexStorage.write`.
    """

    def save(folder: Path) -> None:
        storage.vectors.save(snapshot.index, folder)
        snapshot.lexical.postings.save(folder / LEXICAL_FILE)
        snapshot.cognates.postings.save(folder / COGNATES_FILE)
        with (folder / PASSAGES_FILE).open("wb") as file:
            file.writelines(orjson.dumps(passage) + b"\n" for passage in snapshot.passages)

    metadata = IndexMetadata(
        version=version,
        fingerprint=snapshot.format.fingerprint,
        documents=len({passage.document for passage in snapshot.passages}),
        passages=len(snapshot.passages),
        created_at=created_at.isoformat(),
        checksums={},
        index=asdict(snapshot.kind),
        tokenizer=TOKENIZER,
        calibration=asdict(snapshot.calibration),
        **asdict(snapshot.format),
    )
    return replace(snapshot, version=version, identity=storage.write(metadata, save).identity)


def load_snapshot(
    storage: IndexStorage, version: int, provider: EmbeddingsProvider, *, metric: Metric = "ip"
) -> Snapshot:
    """Read `v_<version>` back for questions embedded by `provider`.

    Raises:
        IndexNotFoundError: no such version.
        IndexMismatchError: built by another model, dimension, metric, prefix or chunker.
        IndexCorruptError: files are missing, damaged, or don't belong together.
    """
    check_format(storage.metadata(version), IndexFormat.of(provider, metric))
    return read_snapshot(storage, version)


def check_format(metadata: IndexMetadata, wanted: IndexFormat) -> None:
    """Raise IndexMismatchError unless the version was built in the format `wanted`."""
    if metadata.fingerprint != wanted.fingerprint:
        built_by = IndexFormat.stored(metadata)
        raise IndexMismatchError(
            f"index version {metadata.version} was built by {built_by}, questions are embedded by {wanted}: rebuild it",
            version=metadata.version,
            built_by=str(built_by),
            wanted=str(wanted),
        )


def read_snapshot(storage: IndexStorage, version: int) -> Snapshot:
    """Read `v_<version>` back, in whatever format it is.

    Raises:
        IndexNotFoundError, IndexCorruptError
    """
    metadata = storage.metadata(version)
    files = {name: storage.file(version, name, checksum) for name, checksum in metadata.checksums.items()}
    try:
        passages = tuple(Passage(**orjson.loads(line)) for line in files[PASSAGES_FILE].read_bytes().splitlines())
        kind = IndexKind(**metadata.index)
        weights = metadata.calibration
        calibration = Calibration.of(weights) if weights else calibration_for(metadata.model)
        index = storage.vectors.load(files, kind)
        current = files if metadata.tokenizer == TOKENIZER else {}
        lexical = _lexical(current, LEXICAL_FILE, passages, tokens.terms)
        cognates = _lexical(current, COGNATES_FILE, passages, tokens.cognates)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise IndexCorruptError(f"index version {version}: {error}", version=version) from error
    if not len(passages) == len(index) == len(lexical) == len(cognates) or index.dimension != metadata.dimension:
        raise IndexCorruptError(f"index version {version}: its files don't belong together", version=version)
    return Snapshot(
        IndexFormat.stored(metadata), passages, index, lexical, cognates, kind, calibration, version, metadata.identity
    )


def _lexical(files: Mapping[str, Path], name: str, passages: tuple[Passage, ...], tokenizer: Tokenizer) -> LexicalIndex:
    """Read counted terms; count them where the version has none, or counted them in another way."""
    if name in files:
        return LexicalIndex(Postings.load(files[name]))
    return LexicalIndex.of([passage_text(passage) for passage in passages], tokenizer)
