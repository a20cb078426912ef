"""Alembic's entry: the runner hands over a connection; the `alembic` command gets one from the settings."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from core.database import create_engine
from core.models import Base
from core.settings import load_settings
from migrations.scope import include_object


def run_migrations(connection: Connection) -> None:
    """Run what Alembic was asked for, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_from_settings() -> None:
    """Connect to the settings' database and migrate it."""
    url = load_settings().database_url
    if url is None:
        raise SystemExit("DATABASE_URL is not set; the embedded database is migrated by `hydrodiag migrate`")
    engine = create_engine(url.get_secret_value(), application_name="hydrodiag-migrate")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(run_migrations)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("migrations look at the database (is TimescaleDB there?) and can't be written out as SQL")
handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is None:
    asyncio.run(run_from_settings())
else:
    run_migrations(handed_over)
