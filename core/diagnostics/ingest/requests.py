"""Requests that were answered already: the same idempotency key from the same source gets the same answer."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.ingest.models import IngestRequest

REMEMBERED_FOR = timedelta(days=3)


class AnsweredRequests:
    """Remembers answers. Taking readings in twice is harmless: this spares the work and tells what was told before."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def find(self, source_id: int, key: str) -> IngestRequest | None:
        """Return the request of `source_id` that had `key`."""
        known = select(IngestRequest).where(IngestRequest.source_id == source_id, IngestRequest.key == key)
        async with self._sessions() as session:
            return await session.scalar(known)

    async def remember(self, source_id: int, key: str, digest: bytes, answer: dict[str, Any]) -> None:
        """Keep `answer` to the request whose body has `digest`; forget old ones."""
        now = self._clock()
        row = {"source_id": source_id, "key": key, "digest": digest, "answer": answer, "answered_at": now}
        async with self._sessions.begin() as session:
            await session.execute(delete(IngestRequest).where(IngestRequest.answered_at < now - REMEMBERED_FOR))
            await session.execute(insert(IngestRequest).values(row).on_conflict_do_nothing())
