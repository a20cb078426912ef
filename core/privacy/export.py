"""/mydata: everything that is kept about a person, as one file that never is in memory as a whole."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError, ConflictError, UnavailableError
from core.observability import correlation_id
from core.privacy.traces import rows_of, sections
from core.rag.readership import Readership, readership
from core.users.audit import record
from core.users.records import member_id
from core.users.rights import Actor

MOST_BYTES = 49_000_000
"""Bots may send files of up to 50 MB."""
_PREFIX = "hydrodiag:mydata:"
_PAUSE_S = 3600
_BATCH = 200
Row = Mapping[str, Any]


class TooOftenError(ConflictError):
    """One file an hour: `minutes` are left."""

    key = "privacy-too-often"


class TooMuchDataError(BadInputError):
    """The file would be larger than Telegram takes."""

    key = "privacy-too-large"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """A ZIP with a JSON file for each section; `rows` counts what is in them."""

    path: Path
    rows: Mapping[str, int]


class PersonalDataService:
    """Writes down what is kept about the one who asks, and nobody else."""

    def __init__(self, sessions: SessionFactory, clock: Clock, redis: Redis, *, most_bytes: int = MOST_BYTES) -> None:
        self._sessions = sessions
        self._clock = clock
        self._redis = redis
        self._most_bytes = most_bytes

    @asynccontextmanager
    async def export(self, actor: Actor) -> AsyncIterator[PersonalData]:
        """Write the file; it is gone after the context. Where that fails, the hour until the next one does not count.

        Raises:
            ForbiddenError: nobody let the actor in.
            TooOftenError; TooMuchDataError; UnavailableError: Redis is away, and with it the count of files.
        """
        user_id = member_id(actor)
        await self._take_turn(user_id)
        try:
            with TemporaryDirectory(prefix="hydrodiag-mydata-") as folder:
                path = Path(folder) / f"hydrodiag-{user_id}-{self._clock():%Y%m%d}.zip"
                rows = await self._write(path, user_id, await readership(self._sessions, actor))
                yield PersonalData(path, rows)
        except BaseException:
            with suppress(RedisError, OSError):
                await self._redis.delete(f"{_PREFIX}{user_id}")
            raise
        async with self._sessions.begin() as session:
            record(session, actor, "user.export", target=user_id, details={"rows": sum(rows.values())})

    async def _take_turn(self, user_id: int) -> None:
        """Count a file. The same request, handled again since its first try was cut off, is the same file."""
        key, request = f"{_PREFIX}{user_id}", (correlation_id() or uuid4().hex).encode()
        try:
            if await self._redis.set(key, request, ex=_PAUSE_S, nx=True, get=True) not in (None, request):
                raise TooOftenError(minutes=max(await self._redis.ttl(key), 0) // 60 + 1)
        except (RedisError, OSError) as error:
            raise UnavailableError(repr(error)) from error

    async def _write(self, path: Path, user_id: int, reads: Readership) -> dict[str, int]:
        rows = {}
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            for section in sections():
                with archive.open(f"{section}.json", "w") as file:
                    async with self._sessions() as session:
                        rows[section] = await self._section(session, file, section, user_id, reads)
                if archive.fp is not None and archive.fp.tell() > self._most_bytes:
                    raise TooMuchDataError(limit=self._most_bytes // 1_000_000)
        return rows

    async def _section(
        self, session: AsyncSession, file: IO[bytes], section: str, user_id: int, reads: Readership
    ) -> int:
        """Write an array of the person's rows; return how many there are."""
        shown: Callable[[Row], Row] = (lambda row: _question(row, reads)) if section == "questions" else dict
        found = await session.stream(rows_of(section, user_id), execution_options={"yield_per": _BATCH})
        count = 0
        file.write(b"[")
        async for batch in found.mappings().partitions():
            lines = await asyncio.to_thread(_lines, [shown(row) for row in batch])
            file.write(b",\n" if count else b"\n")
            file.write(lines)
            count += len(batch)
        file.write(b"\n]\n")
        return count


def _lines(rows: list[Row]) -> bytes:
    return b",\n".join(orjson.dumps(row, default=str) for row in rows)


def _question(row: Row, reads: Readership) -> Row:
    """Leave the documents' text out, and the answer where it rests on one that the person may no longer read."""
    told = dict(row)
    readable = all(reads.covers(passage["access"], passage.get("machines", ())) for passage in row["passages"])
    told["passages"] = [{name: p[name] for name in ("title", "section", "page")} for p in row["passages"] if readable]
    if not readable:
        told["answer"] = None
    return told
