"""Migrations from Python: `hydrodiag migrate`, `hydrodiag run` and the tests call these."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.database import create_engine

# One migration at a time on a database, however many processes start together.
_LOCK = int.from_bytes(hashlib.sha256(b"hydrodiag migrations").digest()[:8], signed=True)


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`; what is done already is left alone."""
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` down to `revision` ("base": nothing of ours is left)."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def current(url: str) -> str | None:
    """Return the revision that the database at `url` is at; None for one without our schema."""
    engine = create_engine(url, application_name="hydrodiag-migrate")
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await engine.dispose()


def script_directory() -> ScriptDirectory:
    """Return the revisions that this code knows."""
    return ScriptDirectory.from_config(_config())


def head() -> str | None:
    """Return the newest revision that this code knows."""
    return script_directory().get_current_head()


def _config() -> Config:
    config = Config()
    # Alembic interpolates "%"; a folder may have one in its name.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


async def _run(url: str, action: Callable[[Config], None]) -> None:
    def with_connection(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        action(config)

    engine = create_engine(url, application_name="hydrodiag-migrate")
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(with_connection)
    finally:
        await engine.dispose()
