"""What a bot needs around it, for benchmarks of the bot: PostgreSQL and Valkey of its own, and people.

A benchmark may import the tests' helpers no more than the product may, so what both need is here.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import AnyHttpUrl, SecretStr

from benchmarks.stores import database, server, valkey
from bot.console import Person
from core.container import Container
from core.settings import BotSettings, Settings
from core.users.models import Role
from core.users.rights import OPERATOR

TOKEN = "100000:token-of-the-benchmarks"
FIRST_ID = 7_000_001
UNLIMITED = 1_000_000_000


@asynccontextmanager
async def parts(url: str | None) -> AsyncIterator[Settings]:
    """Start Valkey and, without a server at `url`, PostgreSQL; yield settings that name them and a scratch home.

    The limits that a person has are counted as ever, but nobody reaches them.
    """
    with tempfile.TemporaryDirectory(prefix="hydrodiag-updates-") as folder:
        home = Path(folder)
        async with valkey(home) as redis, server(url) as address, database(address) as own:
            yield Settings(
                _env_file=None,
                hydrodiag_home=home,
                database_url=SecretStr(own),
                redis_url=SecretStr(redis),
                telegram_bot_token=SecretStr(TOKEN),
                bot=BotSettings(
                    api_url=AnyHttpUrl("http://127.0.0.1:9"),
                    updates_per_minute=UNLIMITED,
                    updates_per_second=UNLIMITED,
                ),
            )


def people(count: int) -> list[Person]:
    """Return `count` people, half of whom speak Russian."""
    return [
        Person(FIRST_ID + n, "Engineer", str(n), f"engineer_{n}", "ru" if n % 2 else "en", "engineer")
        for n in range(count)
    ]


async def enrol(container: Container, crowd: list[Person]) -> None:
    """Let everybody in as an engineer."""
    for person in crowd:
        name = f"{person.first_name} {person.last_name}"
        await container.users.enrol(OPERATOR, person.id, Role.ENGINEER, name=name, language=person.language_code)
