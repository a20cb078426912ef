"""`python -m bot`: exit code 0 after an orderly end, 1 after a fault, 2 for settings that can't work."""

import asyncio
import signal
import sys

import structlog
from aiogram.exceptions import TelegramUnauthorizedError

from bot.app import create_bot
from bot.runner import run
from core.container import Container
from core.observability import observe
from core.settings import EXIT_SETTINGS, Settings, SettingsError, load_process_settings

log = structlog.get_logger(__name__)
_SWITCH_S = 0.0005
"""A thread that draws a chart leaves the interpreter to the loop after so long, not after Python's 5 ms: an answer
takes a hundred turns of the loop, and would wait as often."""


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    bot = create_bot(settings)
    async with Container.open(settings) as container:
        await run(container, bot, stop)


def main() -> int:
    """Run the bot until SIGINT or SIGTERM; return the exit code."""
    try:
        settings = load_process_settings("the bot", "telegram_bot_token", "database_url", "redis_url")
        observe(settings, "bot")
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_SETTINGS
    sys.setswitchinterval(_SWITCH_S)
    try:
        asyncio.run(_serve(settings))
    except TelegramUnauthorizedError:
        sys.stderr.write("TELEGRAM_BOT_TOKEN: Telegram does not know this token\n")
        return EXIT_SETTINGS
    except Exception:  # the last resort: the fault belongs in the log, not in a bare traceback
        log.exception("the bot ended with a fault")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
