"""Exactly one at a time: a PostgreSQL advisory lock, which the server frees the moment its holder's connection ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = structlog.get_logger(__name__)
_TRY = text("SELECT pg_try_advisory_lock(:space, :post)")
_SHARE = text("SELECT pg_advisory_lock_shared(:space, :post)")
_UNLOCK = text("SELECT pg_advisory_unlock(:space, :post)")
_ALIVE = text("SELECT 1")
_SPACE = 0x68796472
"""Ours among advisory locks ("hydr")."""
_ASK_AGAIN_S = 1.0


class Post(IntEnum):
    """Posts that one process of the whole installation holds."""

    DELIVERY = 1
    WATCH = 2
    POLLING = 3
    ANSWERING = 4  # held by all bots together


def holder_query(post: Post) -> TextClause:
    """Return the query for whether some process holds `post` in this database."""
    return text(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :space "
        "AND objid = :post AND objsubid = 2 "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    ).bindparams(space=_SPACE, post=post.value)


class LeadershipLostError(Exception):
    """The connection that held the lock is gone, and somebody else may hold the post by now."""


class Leadership:
    """Holds a post for as long as its connection lives."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def confirm(self) -> None:
        """Make sure that the post is still ours.

        Raises:
            LeadershipLostError: it is not.
        """
        try:
            await self._connection.execute(_ALIVE)
        except (SQLAlchemyError, OSError) as error:
            raise LeadershipLostError from error


@asynccontextmanager
async def leadership(
    engine: AsyncEngine, post: Post, *, standing_by: Callable[[], None] | None = None
) -> AsyncIterator[Leadership]:
    """Wait for `post`, as long as it takes, and hold it. The lock goes with the connection, which is never pooled.

    `standing_by` is called once where another process holds the post.
    """
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        try:
            waited = False
            while not await connection.scalar(_TRY, {"space": _SPACE, "post": post.value}):
                if not waited:
                    log.info("another process holds the post; standing by", post=post.name)
                    if standing_by is not None:
                        standing_by()
                waited = True
                await asyncio.sleep(_ASK_AGAIN_S)
            log.info("post taken", post=post.name)
            yield Leadership(connection)
        finally:
            await connection.invalidate()


@asynccontextmanager
async def presence(engine: AsyncEngine, post: Post) -> AsyncIterator[bool]:
    """Be one of any number at `post`, and learn whether nobody else was there before."""
    where = {"space": _SPACE, "post": post.value}
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        try:
            alone = bool(await connection.scalar(_TRY, where))
            await connection.execute(_SHARE, where)
            if alone:
                await connection.execute(_UNLOCK, where)
            yield alone
        finally:
            await connection.invalidate()
