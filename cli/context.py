"""What every command needs first: the settings, the embedded parts that nobody configured, and the container."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from cli.locks import SharedUse
from cli.steps import step
from core.container import Container
from core.embedded import EmbeddedPostgres, EmbeddedValkey
from core.observability import configure_logging
from core.settings import Settings, load_settings
from migrations.runner import upgrade

_PATIENCE_S = 30.0
"""How long whoever started the embedded parts waits for the other commands that use them."""


def command_settings() -> Settings:
    """Load the settings of a command that a person watches: only warnings come between its own lines.

    Raises:
        SettingsError: with one readable line per fault.
    """
    settings = load_settings()
    configure_logging(settings.log.model_copy(update={"level": "WARNING"}))
    return settings


@asynccontextmanager
async def local_parts(settings: Settings) -> AsyncIterator[Settings]:
    """Start (or join) the embedded PostgreSQL and Valkey where none is configured; yield settings that name them.

    Who started them stops them, after waiting for other commands on the same home folder. An embedded database is
    always brought to the newest schema; a configured one is its owner's to migrate.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    home = settings.hydrodiag_home
    home.mkdir(parents=True, exist_ok=True)
    use = SharedUse(home / "parts.lock")
    postgres, valkey = EmbeddedPostgres(home / "postgres"), EmbeddedValkey(home / "valkey")
    urls: dict[str, SecretStr] = {}
    try:
        with use.joining():
            if settings.database_url is None:
                with step("PostgreSQL"):
                    urls["database_url"] = SecretStr(await postgres.start())
                    await upgrade(urls["database_url"].get_secret_value())
            if settings.redis_url is None:
                with step("Valkey"):
                    urls["redis_url"] = SecretStr(await valkey.start())
        yield settings.model_copy(update=urls)
    finally:
        async with use.leaving(0 if postgres.attached or valkey.attached else _PATIENCE_S):
            await valkey.stop()
            await postgres.stop()


@asynccontextmanager
async def open_container(settings: Settings) -> AsyncIterator[Container]:
    """Open the container for one command, on embedded parts where nothing else is configured."""
    async with local_parts(settings) as complete, Container.open(complete) as container:
        yield container
