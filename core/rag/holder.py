"""The index version that this process searches now."""

import asyncio
import time
from collections.abc import Callable

import structlog

from core.errors import HydrodiagError
from core.rag.archive import load_snapshot
from core.rag.embeddings import EmbeddingsProvider
from core.rag.retrieval import Retriever
from core.rag.vector_index import Metric
from core.rag.versions import IndexNotFoundError, IndexStorage, StorageError

log = structlog.get_logger(__name__)

ProviderSource = Callable[[], EmbeddingsProvider]
"""Returns the process's one provider; the first call may load a model, so it is made in a thread."""


class NothingIndexedError(IndexNotFoundError):
    """No document has been indexed yet."""

    key = "error-nothing-indexed"


class SnapshotHolder:
    """Hands out the current Retriever and swaps it when the pointer in storage names another version.

    The pointer file is the truth for every reader; the database's `index_versions` only keep the books.
    """

    def __init__(
        self,
        storage: IndexStorage,
        provider: ProviderSource,
        metric: Metric = "ip",
        *,
        check_every_s: float = 2.0,
    ) -> None:
        self._storage = storage
        self._provider = provider
        self._metric = metric
        self._check_every_s = check_every_s
        self._retriever: Retriever | None = None
        self._version: int | None = None
        self._checked = float("-inf")
        self._loading = asyncio.Lock()

    async def retriever(self) -> Retriever:
        """Return the retriever of the current version; while a newer one loads, others still get the one before.

        Raises:
            NothingIndexedError: there is no version yet.
            IndexCorruptError, IndexMismatchError: the first version that this process loads can't be used.
            EmbeddingsUnavailableError: no embedding model.
        """
        if self._retriever is None or not (self._loading.locked() or self._fresh):
            async with self._loading:
                if not self._fresh:
                    await self._refresh()
        if self._retriever is None:
            raise NothingIndexedError
        return self._retriever

    @property
    def _fresh(self) -> bool:
        return time.monotonic() - self._checked < self._check_every_s

    async def _refresh(self) -> None:
        try:
            version = await asyncio.to_thread(self._storage.current)
        except HydrodiagError as error:
            if self._retriever is None:
                raise
            log.error("no news of the index, keeping what is in use", version=self._version, error=str(error))
            version = self._version
        if version is not None and version != self._version:
            try:
                self._retriever = await asyncio.to_thread(self._load, version)
            except HydrodiagError as error:
                if self._retriever is None:
                    raise
                log.error("index version can't be used, keeping the one before", version=version, error=str(error))
                if isinstance(error, StorageError):  # it may be reached the next time
                    version = self._version
            else:
                log.info("index version in use", version=version)
            self._version = version
        self._checked = time.monotonic()

    def _load(self, version: int) -> Retriever:
        provider = self._provider()
        return Retriever(provider, load_snapshot(self._storage, version, provider, metric=self._metric))
