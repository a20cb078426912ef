"""The engine, the session factory and the base of all models."""

import time
from datetime import datetime
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import DateTime, MetaData, String, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

SessionFactory = async_sessionmaker[AsyncSession]
DATABASE_FAULTS = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What comes of a database that is away or in trouble: connecting and COPY raise asyncpg's own errors."""
_TRUSTED_S = 1.0
"""So long after its last use a connection is taken to be alive."""
Names = dict[str, str]
"""A display name per language: `{"en": "Press P-200", "ru": "Пресс П-200"}`."""


_AWAY = frozenset({"57P01", "57P02", "57P03", "53300"})
"""SQLSTATEs of a server that goes down, comes up, or has no connection left."""


def is_away(error: BaseException | None) -> bool:
    """Tell whether `error` means that the database can't be reached for now: a little later it may well be there."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or is_away(error.orig)
    if isinstance(error, asyncpg.PostgresConnectionError | OSError):
        return True
    return getattr(error, "sqlstate", None) in _AWAY


class Base(DeclarativeBase):
    """Base of all models: aware timestamps, JSONB, and constraint names that Alembic can find again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),  # else None is JSON's null, which IS NOT NULL
        Names: JSONB,
        list[str]: JSONB,
        list[int]: JSONB,
        list[dict[str, Any]]: JSONB,
        str: String,
    }


def async_url(url: str) -> str:
    """Return `url` with the asyncpg driver; accepts `postgres://`, `postgresql://` and `postgresql+asyncpg://`."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError("not a PostgreSQL URL")
    return f"postgresql+asyncpg://{rest}"


def create_engine(url: str, *, pool_size: int = 5, application_name: str = "hydrodiag") -> AsyncEngine:
    """Create the engine. Sessions see UTC, whatever the server's time zone."""
    engine = create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,  # errors are logged: questions, passages and hashes are not
        connect_args={"server_settings": {"timezone": "UTC", "application_name": application_name}},
    )
    _test_idle_connections(engine)
    return engine


def _test_idle_connections(engine: AsyncEngine) -> None:
    """Test a connection before it is used, unless it was used a moment ago.

    SQLAlchemy's own `pool_pre_ping` tests always, which is three round trips with asyncpg: more than most of our
    transactions have themselves.
    """
    pool = engine.sync_engine.pool

    @event.listens_for(pool, "checkin")
    def rest(_: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(pool, "checkout")
    def test(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        rests_since = record.info.get("rests_since")
        if rests_since is None or time.monotonic() - rests_since < _TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:  # whatever it is, this connection is of no use
            raise InvalidatePoolError from error


def create_session_factory(engine: AsyncEngine) -> SessionFactory:
    """Return a factory of sessions whose objects stay readable after commit."""
    return async_sessionmaker(engine, expire_on_commit=False)
