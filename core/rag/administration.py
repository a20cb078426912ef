"""What admins do with index versions: look at them, switch between them, have a new one built."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog
from redis.exceptions import RedisError

from core.database import SessionFactory
from core.errors import ConflictError, UnavailableError
from core.jobs import REBUILD_INDEX
from core.progress import ProgressBoard
from core.queue import JobQueue
from core.rag.archive import check_format, load_snapshot
from core.rag.books import IndexBooks, alone
from core.rag.holder import ProviderSource
from core.rag.snapshot import IndexFormat
from core.rag.vector_index import Metric
from core.rag.versions import IndexCorruptError, IndexMetadata, IndexMismatchError, IndexNotFoundError, IndexStorage
from core.users.audit import record
from core.users.rights import Actor, Right

log = structlog.get_logger(__name__)
_ASKED = f"{REBUILD_INDEX.function}:asked"


class IndexChangedError(ConflictError):
    """Another version became current since the question was put."""

    key = "rag-index-changed"


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version in storage; `size` in bytes, `exact`: every vector is compared, `fits`: it may be used."""

    version: int
    current: bool
    created_at: datetime
    documents: int
    passages: int
    model: str
    size: int
    exact: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions, newest first, and the one that a rollback leads to."""

    versions: tuple[VersionInfo, ...]
    current: int | None
    previous: int | None

    def find(self, version: int | None) -> VersionInfo | None:
        """Return what is known of `version`."""
        return next((one for one in self.versions if one.version == version), None)


class IndexAdministration:
    """Index versions, for those who may manage them. A switch does not wait for a rebuild: it is refused meanwhile."""

    def __init__(
        self,
        sessions: SessionFactory,
        books: IndexBooks,
        queue: JobQueue,
        progress: ProgressBoard,
        storage: IndexStorage,
        provider: ProviderSource,
        metric: Metric,
    ) -> None:
        self._sessions = sessions
        self._books = books
        self._queue = queue
        self._progress = progress
        self._storage = storage
        self._provider = provider
        self._metric = metric

    async def list(self, actor: Actor) -> Versions:
        """Return what there is.

        Raises:
            ForbiddenError, StorageError, EmbeddingsUnavailableError
        """
        actor.require(Right.MANAGE_INDEX)
        return await asyncio.to_thread(self._list)

    async def use(self, actor: Actor, version: int, *, instead_of: int | None = None) -> int:
        """Make `version` current, and return it; questions are answered from it a few seconds later.

        `instead_of` is the version that was current when the actor decided (0: none).

        Raises:
            ForbiddenError, IndexBusyError, StorageError, EmbeddingsUnavailableError
            IndexChangedError: another version than `instead_of` is current.
            IndexNotFoundError, IndexMismatchError, IndexCorruptError: `version` can't be used; nothing has changed.
        """
        actor.require(Right.MANAGE_INDEX)
        async with alone(self._sessions, wait=False):
            current = await self._current(instead_of)
            await asyncio.to_thread(self._check, version)
            await asyncio.to_thread(self._storage.activate, version)
            await self._enter(actor, "index.use", current, version)
        return version

    async def rollback(self, actor: Actor, *, instead_of: int | None = None) -> int:
        """Make the version before the current one current again, and return it; the rest as for `use`."""
        actor.require(Right.MANAGE_INDEX)
        async with alone(self._sessions, wait=False):
            current = await self._current(instead_of)
            previous = await asyncio.to_thread(self._storage.previous)
            if previous is not None:
                await asyncio.to_thread(self._check, previous)
            version = await asyncio.to_thread(self._storage.rollback)
            await self._enter(actor, "index.rollback", current, version)
        return version

    async def build(self, actor: Actor) -> str:
        """Queue a rebuild, unless one that was asked for waits or runs; return the name under which it reports.

        None is lost by that: a change to a document queues a rebuild of its own.

        Raises:
            ForbiddenError
            UnavailableError: the queue does not take it.
        """
        actor.require(Right.MANAGE_INDEX)
        await self._progress.forget(_ASKED)  # one that runs reports again within a second
        try:
            queued = await self._queue.enqueue(REBUILD_INDEX, job_id=_ASKED, report_as=_ASKED)
        except (RedisError, OSError) as error:
            raise UnavailableError(f"the rebuild can't be queued: {error}") from error
        if queued is not None:
            async with self._sessions.begin() as session:
                record(session, actor, "index.build", target=_ASKED)
        return _ASKED

    def _list(self) -> Versions:
        current, wanted = self._storage.current(), IndexFormat.of(self._provider(), self._metric)
        found = []
        for version in reversed(self._storage.versions()):
            try:
                found.append(_info(self._storage.metadata(version), current, wanted))
            except (IndexCorruptError, IndexNotFoundError) as error:
                log.warning("index version left out of the list", version=version, reason=str(error))
        return Versions(tuple(found), current, self._storage.previous())

    async def _current(self, expected: int | None) -> int | None:
        current = await asyncio.to_thread(self._storage.current)
        if expected is not None and (current or 0) != expected:
            raise IndexChangedError(f"index version {current} is current, not {expected}", version=current or 0)
        return current

    def _check(self, version: int) -> None:
        """Load the version as a reader would: what can't be used must be found out before the pointer moves."""
        load_snapshot(self._storage, version, self._provider(), metric=self._metric)

    async def _enter(self, actor: Actor, action: str, before: int | None, version: int) -> None:
        async with self._sessions.begin() as session:
            await self._books.activate(session, version)
            record(session, actor, action, target=version, details={"before": before})
        log.info("index version chosen", version=version, before=before, action=action)


def _info(metadata: IndexMetadata, current: int | None, wanted: IndexFormat) -> VersionInfo:
    try:
        check_format(metadata, wanted)
    except IndexMismatchError:
        fits = False
    else:
        fits = True
    return VersionInfo(
        version=metadata.version,
        current=metadata.version == current,
        created_at=datetime.fromisoformat(metadata.created_at),
        documents=metadata.documents,
        passages=metadata.passages,
        model=metadata.model,
        size=metadata.size,
        exact=metadata.index.get("quantiser", "none") == "none",
        fits=fits,
    )
