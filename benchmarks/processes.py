"""The product's processes, started as `hydrodiag run` starts them, and the people they serve over the console."""

import asyncio
import socket
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.console import Console, Person
from core.settings import Settings, child_environment

ROOT = Path(__file__).resolve().parents[1]
_END_WITHIN_S = 60


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """Return what a process needs to know of `settings`."""
    database, redis, token = settings.database_url, settings.redis_url, settings.telegram_bot_token
    if database is None or redis is None or token is None:
        raise ValueError("the processes need a database, Redis and a token")
    return child_environment(
        HYDRODIAG_HOME=str(settings.hydrodiag_home),
        DATABASE_URL=database.get_secret_value(),
        REDIS_URL=redis.get_secret_value(),
        TELEGRAM_BOT_TOKEN=token.get_secret_value(),
        BOT__UPDATES_PER_MINUTE=str(settings.bot.updates_per_minute),
        BOT__UPDATES_PER_SECOND=str(settings.bot.updates_per_second),
        **more,
    )


@asynccontextmanager
async def process(module: str, *arguments: str, env: dict[str, str]) -> AsyncIterator[Process]:
    """Run `python -m module`; at the end, SIGTERM if it still runs.

    Raises:
        RuntimeError: it ended by itself, with a fault.
    """
    log = Path(env["HYDRODIAG_HOME"]) / "logs"
    log.mkdir(exist_ok=True)
    with (log / f"{module}.log").open("ab") as output:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, env=env, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            yield running
        finally:
            await ended(running)
    if running.returncode:
        raise RuntimeError(f"{module} ended with {running.returncode}: {_tail(log / f'{module}.log')}")


async def ended(running: Process) -> None:
    """Send SIGTERM, and SIGKILL to what does not care."""
    if running.returncode is None:
        running.terminate()
    try:
        async with asyncio.timeout(_END_WITHIN_S):
            await running.wait()
    except TimeoutError:
        running.kill()
        await running.wait()


def free_port() -> int:
    """Return a TCP port on the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(console: Console, crowd: Sequence[Person]) -> Counter[int]:
    """Return how many messages of the bot each of these people sees."""
    return Counter({p.id: sum(m["from"]["is_bot"] for m in console.messages(p.id)) for p in crowd})


def waiting(console: Console, crowd: Sequence[Person]) -> Counter[int]:
    """Return how many updates of each of these people the bot has not taken yet."""
    ids = {person.id for person in crowd}
    updates = console.state.store.updates(0, -1)
    authors = [update["message"]["from"]["id"] for update in updates if "message" in update]
    return Counter(author for author in authors if author in ids)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])
