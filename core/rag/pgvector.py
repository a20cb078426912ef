"""Vectors in PostgreSQL, by its extension pgvector: for indexes that not every process should hold in memory.

An index is a table of its own, `hydrodiag_vectors.v_<random>`, committed before the version that names it becomes
whole, and never changed. Vectors are kept in half precision. Up to `exact_up_to` of them, all that are allowed are
compared; larger tables have an HNSW graph, which is walked until enough of those allowed are found (iterative scan).
Who may read what is decided before: a search is given the allowed positions, and can return no others.

All SQL is made of constants; names of tables are put in by the server's own `format`.
"""

import asyncio
import struct
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import numpy as np
import orjson
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import make_url

from core.rag.clusters import IndexKind
from core.rag.embeddings import Vectors
from core.rag.vector_index import BLOCK, Mask, Nearest, Positions, check_question, nothing
from core.rag.vector_store import Files, VectorFiles
from core.rag.versions import StorageError

NAME_FILE = "pgvector.json"
"""In a version's folder: which table its vectors are in, and what that must hold."""
_FEW_ALLOWED = 4096
"""With fewer vectors allowed, all of them are compared: that is exact, and no slower."""
_CONNECTIONS = 8
_TIMEOUT_S = 10.0
_BUILD_TIMEOUT_S = 3600.0
_SCHEMA = "CREATE SCHEMA IF NOT EXISTS hydrodiag_vectors"
_EXTENSION = "CREATE EXTENSION IF NOT EXISTS vector"
_TABLE = "CREATE TABLE hydrodiag_vectors.%I (position integer PRIMARY KEY, embedding halfvec(%s) NOT NULL)"
_GRAPH = "CREATE INDEX ON hydrodiag_vectors.%I USING hnsw (embedding halfvec_ip_ops)"
_ANALYZE = "ANALYZE hydrodiag_vectors.%I"
_COUNT = "SELECT count(*) FROM hydrodiag_vectors.%I"
_DROP = "DROP TABLE hydrodiag_vectors.%I"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('hydrodiag_vectors') AND relkind = 'r'"
_ROWS = (
    "SELECT t.embedding FROM unnest($1::integer[]) WITH ORDINALITY AS wanted(position, place)"
    " JOIN hydrodiag_vectors.%I t USING (position) ORDER BY wanted.place"
)
_NEAREST = (
    "SELECT position, -(embedding <#> $1) FROM hydrodiag_vectors.%I WHERE get_bit($2::bytea, position) = 1"
    " ORDER BY embedding <#> $1 LIMIT $3"
)
_AMONG = (
    "SELECT position, -(embedding <#> $1) FROM hydrodiag_vectors.%I WHERE position = ANY($2::integer[])"
    " ORDER BY embedding <#> $1, position LIMIT $3"
)
_WALK = (
    "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '200', true),"
    " set_config('hnsw.max_scan_tuples', '2147483647', true), set_config('hnsw.scan_mem_multiplier', '16', true),"
    " set_config('enable_seqscan', 'off', true)"
)
_ON_EVERY_CONNECTION = {"application_name": "hydrodiag-vectors", "plan_cache_mode": "force_custom_plan"}
_HEAD = struct.Struct(">HH")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _About:
    """A table: its name, what it must hold, and whether it has a graph."""

    table: str
    size: int
    dimension: int
    graph: bool


class PgvectorStore:
    """Keeps indexes in the database at `url`; its connections live in a thread of their own, for searches block."""

    def __init__(self, url: str, exact_up_to: int) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._exact_up_to = exact_up_to
        self._lock = Lock()
        self._open = ExitStack()
        self._portal: BlockingPortal | None = None
        self._pool: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """The file that names a version's table."""
        return (NAME_FILE,)

    def exact_up_to(self, wanted: int) -> int:
        """Return a number without end: clusters would be trained for nothing."""
        return sys.maxsize

    def save(self, index: Nearest, folder: Path) -> None:
        """Copy the vectors into a table of their own.

        Raises:
            StorageError: the database has no pgvector, or does not take them.
        """
        if not isinstance(index, PgvectorIndex):
            graph = len(index) > self._exact_up_to
            kept = PgvectorIndex(self, _About(f"v_{uuid4().hex}", len(index), index.dimension, graph))
            self.run(lambda connection: _copy(connection, kept.about, index), _BUILD_TIMEOUT_S)
            self._ready().call(self._pool.expire_connections)  # those of before the extension can't read its type
            index = kept
        (folder / NAME_FILE).write_bytes(orjson.dumps(index.about))

    def load(self, files: Files, kind: IndexKind) -> Nearest:
        """Open the table that the version names; one built before has its vectors in files.

        Raises:
            ValueError: the table is gone, or holds something else: the version must be built again.
        """
        if NAME_FILE not in files:
            return VectorFiles().load(files, kind)
        about = _About(**orjson.loads(files[NAME_FILE].read_bytes()))
        if self.run(lambda connection: _count(connection, about.table)) != about.size:
            raise ValueError(f"table {about.table} does not hold {about.size} vectors")
        return PgvectorIndex(self, about)

    def sweep(self, kept: Iterable[Files]) -> None:
        """Drop the tables that no version names: of those that were pruned, and of builds that were killed."""
        named = {orjson.loads(files[NAME_FILE].read_bytes())["table"] for files in kept if NAME_FILE in files}
        self.run(lambda connection: _drop_all_but(connection, named))

    def run(self, work: Callable[[Any], Awaitable[T]], timeout_s: float = _TIMEOUT_S) -> T:
        """Do `work` on a connection, in a transaction; for any thread but the one of the pool.

        Raises:
            StorageError: the database does not do it.
        """
        try:
            result: T = self._ready().call(self._within, work, timeout_s)
            return result
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StorageError(f"vectors in PostgreSQL: {error}") from error

    def close(self) -> None:
        """End the connections and their thread."""
        with self._lock:
            if self._portal is not None and self._pool is not None:
                self._portal.call(self._pool.close)
            self._portal = self._pool = None
            self._open.close()

    def _ready(self) -> BlockingPortal:
        with self._lock:
            if self._portal is None:
                self._portal = self._open.enter_context(start_blocking_portal())
            return self._portal

    async def _within(self, work: Callable[[Any], Awaitable[T]], timeout_s: float) -> T:
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                self._dsn, min_size=0, max_size=_CONNECTIONS, init=_speak_halfvec, server_settings=_ON_EVERY_CONNECTION
            )
        async with asyncio.timeout(timeout_s):
            await self._pool
            async with self._pool.acquire() as connection, connection.transaction():
                return await work(connection)


class PgvectorIndex:
    """An index in a table; scores differ from exact inner products by less than 1e-3, as half precision does."""

    def __init__(self, store: PgvectorStore, about: _About) -> None:
        self._store = store
        self.about = about

    def __len__(self) -> int:
        return self.about.size

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.about.dimension

    def search(self, vector: Vectors, k: int, allowed: Mask | None = None) -> tuple[Positions, Vectors]:
        """Return positions and inner products of the `k` nearest (fewer where fewer are allowed), best first.

        Raises:
            ValueError: `vector` has another dimension.
            StorageError
        """
        check_question(vector, self.dimension)
        mask = np.ones(len(self), dtype=bool) if allowed is None else allowed
        count = min(int(np.count_nonzero(mask)), k)
        if count < 1:
            return nothing()

        async def find(connection: Any) -> list[Any]:
            if self.about.graph and np.count_nonzero(mask) > _FEW_ALLOWED:
                await connection.execute(_WALK)
                bits = np.packbits(mask, bitorder="little").tobytes()
                found = list(await connection.fetch(await self._worded(connection, _NEAREST), vector, bits, count))
                if len(found) == count:
                    return found
            among = np.flatnonzero(mask).tolist()
            return list(await connection.fetch(await self._worded(connection, _AMONG), vector, among, count))

        rows = self._store.run(find)
        return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float32)

    def vectors(self, positions: Positions) -> Vectors:
        """Return the vectors at `positions`, shape (len(positions), dimension)."""

        async def read(connection: Any) -> list[Any]:
            return list(await connection.fetch(await self._worded(connection, _ROWS), positions.tolist()))

        rows = [row[0] for row in self._store.run(read, _BUILD_TIMEOUT_S)] if len(positions) else []
        return np.array(rows, np.float32).reshape(len(rows), self.dimension)

    def save(self, folder: Path) -> None:
        """Name the table in `folder`."""
        self._store.save(self, folder)

    async def _worded(self, connection: Any, template: str) -> str:
        return await _worded(connection, template, self.about.table)


async def _copy(connection: Any, about: _About, index: Nearest) -> None:
    await connection.execute(_EXTENSION)
    await connection.execute(_SCHEMA)
    await _speak_halfvec(connection)
    await connection.execute(await _worded(connection, _TABLE, about.table, str(about.dimension)))
    for start in range(0, about.size, BLOCK):
        positions = np.arange(start, min(start + BLOCK, about.size))
        rows = await asyncio.to_thread(index.vectors, positions)
        await connection.copy_records_to_table(
            about.table, schema_name="hydrodiag_vectors", records=zip(positions.tolist(), rows, strict=True)
        )
    if about.graph:
        await connection.execute(await _worded(connection, _GRAPH, about.table))
    await connection.execute(await _worded(connection, _ANALYZE, about.table))


async def _worded(connection: Any, template: str, *names: str) -> str:
    """Return a statement with names put in, quoted by the server itself."""
    words: str = await connection.fetchval("SELECT format($1::text, VARIADIC $2::text[])", template, list(names))
    return words


async def _count(connection: Any, table: str) -> int | None:
    if table not in {row[0] for row in await connection.fetch(_TABLES)}:
        return None
    count: int = await connection.fetchval(await _worded(connection, _COUNT, table))
    return count


async def _drop_all_but(connection: Any, named: set[str]) -> None:
    for row in await connection.fetch(_TABLES):
        if row[0] not in named:
            await connection.execute(await _worded(connection, _DROP, row[0]))


async def _speak_halfvec(connection: Any) -> None:
    """Have asyncpg carry pgvector's `halfvec` as it is on the wire: dimension, a spare number, then float16."""
    schema = await connection.fetchval("SELECT typnamespace::regnamespace::text FROM pg_type WHERE typname = 'halfvec'")
    if schema is None:  # nothing was kept yet
        return
    await connection.set_type_codec("halfvec", schema=schema, encoder=_encoded, decoder=_decoded, format="binary")


def _encoded(vector: Vectors) -> bytes:
    return _HEAD.pack(len(vector), 0) + np.asarray(vector).astype(">f2").tobytes()


def _decoded(raw: bytes) -> Vectors:
    return np.frombuffer(raw, ">f2", offset=_HEAD.size).astype(np.float32)
