"""Vectors of texts that were embedded before, by the hash of the text: files that save embedding it again.

A vector depends on the model and its prefixes only, so that it outlives any way of cutting documents.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson
import structlog

from core.rag.embeddings import EmbeddingsProvider, Vectors

log = structlog.get_logger(__name__)


VectorSource = Callable[[EmbeddingsProvider, Collection[str]], dict[str, Vectors]]
"""Returns the vectors it has of the texts with the given hashes, as the provider would embed them."""


class Embedding(Protocol):
    """What vectors depend on beside the text; providers and index formats have it."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def query_prefix(self) -> str:
        """What is put in front of a question."""
        ...

    @property
    def passage_prefix(self) -> str:
        """What is put in front of a passage."""
        ...


def embedding_fingerprint(model: str, embedding: Embedding) -> str:
    """Return the SHA-256 of all that a passage's vector depends on beside its text, hex."""
    parts = [model, embedding.dimension, embedding.query_prefix, embedding.passage_prefix]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def read_vectors(path: Path, provider: EmbeddingsProvider, wanted: Collection[str]) -> dict[str, Vectors]:
    """Return the vectors in `path` of the texts with the `wanted` hashes; none where another model made them."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["embedding"]) != embedding_fingerprint(provider.name, provider):
                return {}
            digests = [bytes(row).hex() for row in file["hashes"]]
            rows = file["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("file of vectors can't be read, texts are embedded instead", file=str(path), error=str(error))
        return {}
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {digest: row for digest, row in zip(digests, rows, strict=True) if digest in wanted}


def write_vectors(path: Path, provider: EmbeddingsProvider, vectors: Mapping[str, Vectors]) -> None:
    """Write `vectors` in half precision (a cosine changes by less than 1e-6), ordered by hash."""
    digests = sorted(vectors)
    hashes = np.array([list(bytes.fromhex(digest)) for digest in digests], dtype=np.uint8)
    rows = np.array([vectors[digest] for digest in digests], dtype=np.float16)
    fingerprint = np.array(embedding_fingerprint(provider.name, provider))
    np.savez_compressed(path, embedding=fingerprint, hashes=hashes, vectors=rows)


class VectorShelf:
    """A folder of such files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file: Path) -> None:
        """Copy `file` onto the shelf, in place of what has its name."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as temporary:
            temporary.write(file.read_bytes())
        Path(temporary.name).rename(self._folder / file.name)

    def find(self, provider: EmbeddingsProvider, wanted: Collection[str]) -> dict[str, Vectors]:
        """Return the vectors that there are of the texts with the `wanted` hashes."""
        found: dict[str, Vectors] = {}
        for path in sorted(self._folder.glob("*.npz")):
            found |= read_vectors(path, provider, wanted)
        return found
