"""Telegram for `hydrodiag run`: the real one when there is a token, the console otherwise; and how to become admin."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import AnyHttpUrl, SecretStr
from rich.markup import escape

from bot.console import ADMIN, ENGINEER, Console
from bot.console.people import DEFAULT_PEOPLE
from cli.steps import console as terminal
from core.container import Container
from core.settings import Settings
from core.users.models import Role
from core.users.rights import OPERATOR


@asynccontextmanager
async def local_telegram(settings: Settings) -> AsyncIterator[Settings]:
    """Start the console unless a bot token is configured; yield settings that point the bot at it."""
    if settings.telegram_bot_token is not None:
        yield settings
        return
    folder = settings.hydrodiag_home / "console"
    folder.mkdir(parents=True, exist_ok=True)
    token = _own_token(folder / "token")
    console = Console(token, host=settings.console.host, port=settings.console.port, state_dir=folder)
    await console.start()
    try:
        bot = settings.bot.model_copy(update={"api_url": AnyHttpUrl(console.url), "mode": "polling"})
        yield settings.model_copy(update={"telegram_bot_token": SecretStr(token), "bot": bot})
    finally:
        await console.stop()


async def welcome(container: Container) -> None:
    """Tell where to chat and how to become admin."""
    settings = container.settings
    if is_local(settings):
        url = f"http://{settings.bot.api_url.host}:{settings.bot.api_url.port}/"
        terminal.print(f"\n[bold]Hydrodiag is ready.[/bold] Open [bold cyan]{url}[/bold cyan] and ask, for instance:")
        terminal.print("  why does the pump whine and the boom drift down?")
        terminal.print("  почему воет насос и сползает стрела?")
        terminal.print("  /summary, /systems, /help; as the admin /health, too")
        terminal.print("To be an admin, pick the admin on the page. Ctrl-C stops everything.\n")
        return
    terminal.print("\n[bold]Hydrodiag is ready[/bold] and answers on Telegram. Ctrl-C stops everything.")
    if not await container.users.has_admin():
        code = (await container.invites.create(OPERATOR, Role.ADMIN)).code
        terminal.print(f"To become admin, send the bot within a day:  [bold]/start {escape(code)}[/bold]\n")


def is_local(settings: Settings) -> bool:
    """Tell whether the bot speaks to the console on this machine."""
    return settings.bot.api_url.host in {"127.0.0.1", "localhost", "[::1]"}


async def enrol_console_people(container: Container) -> None:
    """Let in whom the page offers. Before anything watches the plant: of an alarm only those hear who are there."""
    roles = {ENGINEER: Role.ENGINEER, ADMIN: Role.ADMIN}
    for person in DEFAULT_PEOPLE:
        if role := roles.get(person.id):
            name = f"{person.first_name} {person.last_name}"
            await container.users.enrol(OPERATOR, person.id, role, name=name, language=person.language_code)


def _own_token(path: Path) -> str:
    """Return the console's bot token, made once: pages and history of earlier runs stay valid."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"100000:{secrets.token_urlsafe(24)}", encoding="ascii")
    return path.read_text(encoding="ascii").strip()
