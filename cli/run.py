"""`hydrodiag run`: start what nobody configured, seed, index, start bot and workers; stop it all in order."""

import asyncio
import signal
from collections.abc import Callable

import httpx
from tenacity import AsyncRetrying, RetryError, retry_if_exception_type, stop_after_delay, wait_fixed

from cli.children import Child, children_of
from cli.context import local_parts
from cli.locks import only_one
from cli.ports import settle_ports
from cli.seeding import seed_demo
from cli.steps import console as terminal
from cli.steps import step
from cli.telegram import enrol_console_people, is_local, local_telegram, welcome
from core.container import Container
from core.errors import UnavailableError
from core.settings import Settings
from demo.seed import feed

_READY_WITHIN_S = 90.0
_WORKER_PATIENCE_S = 10.0


class ChildFailedError(UnavailableError):
    """The bot or a worker can't run; its log says why."""


async def run(settings: Settings) -> None:
    """Run Hydrodiag until SIGINT or SIGTERM, which cancel whatever is under way and stop everything in order.

    Raises:
        AlreadyRunningError: another run holds the home folder.
        UnavailableError: a part could not be started.
    """
    home = settings.hydrodiag_home
    home.mkdir(parents=True, exist_ok=True)
    with only_one(home / "run.lock"):
        stopping = _cancel_on_signals()
        try:
            await _with_parts(settle_ports(settings))
        except asyncio.CancelledError:
            if not stopping():
                raise


async def _with_parts(settings: Settings) -> None:
    demo = settings.demo_plant and settings.database_url is None
    async with local_parts(settings) as local, local_telegram(local) as complete, Container.open(complete) as container:
        if demo:
            await seed_demo(container)
        await _serve(container, live_feed=demo)


async def _serve(container: Container, *, live_feed: bool) -> None:
    settings, supervisor = container.settings, container.supervisor
    if is_local(settings):
        await enrol_console_people(container)
    bot, *others = children = children_of(settings)
    watchers = [supervisor.start(child.keep_running(), name=child.name) for child in children]
    if live_feed:
        live = feed(container.sessions, container.intake, container.clock, zone=settings.zone)
        supervisor.start(live, name="live feed")
    try:
        with step("Bot and workers"):
            await _until_ready(settings, bot)
        await welcome(container)
        done, _ = await asyncio.wait(watchers, return_when=asyncio.FIRST_COMPLETED)
        raise ChildFailedError(f"{done.pop().get_name()} can't run; see {settings.hydrodiag_home / 'logs'}")
    finally:
        terminal.print("Stopping: running answers are finished first...")
        await bot.stop(settings.bot.drain_timeout_s + 5)
        await asyncio.gather(*(child.stop(_WORKER_PATIENCE_S) for child in others))
        await supervisor.drain(0)


async def _until_ready(settings: Settings, bot: Child) -> None:
    url = f"http://{settings.bot.health_host}:{settings.bot.health_port}/health/ready"
    attempts = AsyncRetrying(
        retry=retry_if_exception_type(httpx.HTTPError),
        stop=stop_after_delay(_READY_WITHIN_S),
        wait=wait_fixed(0.2),
    )
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            async for attempt in attempts:
                with attempt:
                    (await client.get(url)).raise_for_status()
        except RetryError:
            raise ChildFailedError(f"the bot is not ready after {_READY_WITHIN_S:.0f} s; see {bot.log}") from None


def _cancel_on_signals() -> Callable[[], bool]:
    """Cancel the current task on the first SIGINT or SIGTERM; return a function that tells whether one came."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    received: list[int] = []

    def on_signal(number: int) -> None:
        received.append(number)
        if len(received) == 1 and task is not None:
            task.cancel()
        else:
            terminal.print("Already stopping.")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    return lambda: bool(received)
