"""Who may send readings over HTTP: named sources with a token each, of which only the hash is kept."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.ingest.models import IngestSource
from core.errors import ConflictError, NotFoundError
from core.users.audit import record
from core.users.rights import Actor, Right

_TOKEN_BYTES = 32
_PREFIX = "hdi_"
"""Lets scanners of repositories and logs know our tokens when they see one."""


class SourceTakenError(ConflictError):
    """There is a source of this name already."""

    key = "source-error-taken"


class NoSuchSourceError(NotFoundError):
    """There is no such source in use."""

    key = "source-error-none"


class SourceRegister:
    """Creates sources, changes and revokes their tokens, and knows a source by its token."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def create(self, actor: Actor, name: str) -> str:
        """Create a source; return its token, which is shown this once.

        Raises:
            SourceTakenError.
        """
        actor.require(Right.MANAGE_READINGS)
        token = _new_token()
        try:
            async with self._sessions.begin() as session:
                session.add(IngestSource(name=name, token_hash=_hash(token), created_at=self._clock()))
                record(session, actor, "source.create", target=name)
        except IntegrityError as error:
            raise SourceTakenError(f"there is a source {name!r} already") from error
        return token

    async def rotate(self, actor: Actor, name: str) -> str:
        """Give a source another token, also after it was revoked; the old one is void at once.

        Raises:
            NoSuchSourceError.
        """
        token = _new_token()
        await self._set(actor, "source.rotate", name, token_hash=_hash(token), revoked_at=None)
        return token

    async def revoke(self, actor: Actor, name: str) -> None:
        """Let a source send no more.

        Raises:
            NoSuchSourceError.
        """
        await self._set(actor, "source.revoke", name, revoked_at=self._clock())

    async def list(self, actor: Actor) -> Sequence[IngestSource]:
        """Return all sources by name."""
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions() as session:
            return (await session.scalars(select(IngestSource).order_by(IngestSource.name))).all()

    async def by_token(self, token: str) -> IngestSource | None:
        """Return the source that `token` belongs to, if it may send."""
        known = select(IngestSource).where(IngestSource.token_hash == _hash(token), IngestSource.revoked_at.is_(None))
        async with self._sessions() as session:
            return await session.scalar(known)

    async def _set(self, actor: Actor, action: str, name: str, **values: object) -> None:
        actor.require(Right.MANAGE_READINGS)
        changed = update(IngestSource).where(IngestSource.name == name).values(**values).returning(IngestSource.id)
        async with self._sessions.begin() as session:
            if await session.scalar(changed) is None:
                raise NoSuchSourceError(f"there is no source {name!r}")
            record(session, actor, action, target=name)


def _new_token() -> str:
    return _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def _hash(token: str) -> str:
    """Hash a token. Plain SHA-256 is enough for 256 random bits; slow hashes are for what people can remember."""
    return sha256(token.encode(errors="replace")).hexdigest()
