"""`python -m workers.watch`: watches the readings; exit code 0 after an orderly end, 2 for settings that can't work."""

import asyncio
import signal
import sys
from typing import cast

import structlog

from core.container import Container
from core.diagnostics.watch import Watch
from core.observability import observe
from core.settings import EXIT_SETTINGS, Settings, SettingsError, load_process_settings
from workers.probes import probes

log = structlog.get_logger(__name__)


def main() -> int:
    """Watch until SIGTERM or SIGINT."""
    try:
        settings = load_process_settings("the watch", "database_url", "redis_url")
        observe(settings, "watch")
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_SETTINGS
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    watching = cast("asyncio.Task[None]", asyncio.current_task())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, watching.cancel)
    try:
        async with Container.open(settings) as container, probes(container):
            watch = Watch(container.sessions, container.clock, container.reading_feed, container.alerting.book)
            log.info("the watch begins")
            await watch.run(container.engine)
    except asyncio.CancelledError:
        log.info("the watch ended")


if __name__ == "__main__":
    raise SystemExit(main())
