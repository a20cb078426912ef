"""`python -m gateway`: exit code 0 after an orderly end, 1 after a fault, 2 for settings that can't work."""

import asyncio
import signal
import sys

import structlog

from core.container import Container
from core.observability import observe
from core.settings import EXIT_SETTINGS, Settings, SettingsError, load_process_settings
from gateway.runner import run
from gateway.topics import check_templates

log = structlog.get_logger(__name__)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Container.open(settings) as container:
        await run(container, stop)


def main() -> int:
    """Take readings in until SIGINT or SIGTERM; return the exit code."""
    try:
        settings = load_process_settings("the gateway", "database_url", "redis_url")
        check_templates(settings.ingest.mqtt_topics)
        observe(settings, "gateway")
    except (SettingsError, ValueError) as error:
        prefix = "" if isinstance(error, SettingsError) else "INGEST__MQTT_TOPICS: "
        sys.stderr.write(f"{prefix}{error}\n")
        return EXIT_SETTINGS
    try:
        asyncio.run(_serve(settings))
    except Exception:  # the last resort: the fault belongs in the log, not in a bare traceback
        log.exception("the gateway ended with a fault")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
