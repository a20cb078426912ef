"""The command menu: what each role sees, in the user's language."""

from dataclasses import dataclass
from functools import lru_cache

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand, BotCommandScopeChat, BotCommandScopeDefault

from bot.i18n import LANGUAGES, Text, text_for
from core.users.models import Role
from core.users.rights import Actor, Right

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MenuCommand:
    """A command and the right it needs (None: everybody, strangers too). Its words: `commands-<name>`."""

    name: str
    right: Right | None = None


COMMANDS = (
    MenuCommand("ask", Right.ASK),
    MenuCommand("summary", Right.SEE_MACHINES),
    MenuCommand("systems", Right.SEE_MACHINES),
    MenuCommand("alerts", Right.SEE_MACHINES),
    MenuCommand("silences", Right.HANDLE_ALARMS),
    MenuCommand("digest", Right.SEE_MACHINES),
    MenuCommand("handover", Right.SEE_MACHINES),
    MenuCommand("subscriptions", Right.SEE_MACHINES),
    MenuCommand("oncall", Right.SEE_MACHINES),
    MenuCommand("escalation", Right.MANAGE_ALARMS),
    MenuCommand("test_alert", Right.SEE_MACHINES),
    MenuCommand("reports", Right.SEE_MACHINES),
    MenuCommand("report", Right.WORK_ON_REPORTS),
    MenuCommand("fixed", Right.WORK_ON_REPORTS),
    MenuCommand("export", Right.EXPORT_READINGS),
    MenuCommand("sources", Right.ASK),
    MenuCommand("stop", Right.ASK),
    MenuCommand("retry", Right.ASK),
    MenuCommand("new", Right.ASK),
    MenuCommand("signal", Right.ASK),
    MenuCommand("health", Right.SEE_HEALTH),
    MenuCommand("stats", Right.SEE_HEALTH),
    MenuCommand("chunks", Right.SEE_HEALTH),
    MenuCommand("jobs", Right.SEE_HEALTH),
    MenuCommand("policies", Right.SEE_HEALTH),
    MenuCommand("partitions", Right.MANAGE_DATABASE),
    MenuCommand("compress", Right.MANAGE_DATABASE),
    MenuCommand("retention", Right.MANAGE_DATABASE),
    MenuCommand("documents", Right.ASK),
    MenuCommand("why", Right.MANAGE_DOCUMENTS),
    MenuCommand("gaps", Right.MANAGE_DOCUMENTS),
    MenuCommand("index", Right.MANAGE_INDEX),
    MenuCommand("quarantine", Right.MANAGE_READINGS),
    MenuCommand("users", Right.MANAGE_USERS),
    MenuCommand("invite", Right.MANAGE_USERS),
    MenuCommand("grant", Right.MANAGE_USERS),
    MenuCommand("revoke", Right.MANAGE_USERS),
    MenuCommand("block", Right.MANAGE_USERS),
    MenuCommand("audit", Right.MANAGE_USERS),
    MenuCommand("start"),
    MenuCommand("settings", Right.ASK),
    MenuCommand("mydata", Right.ASK),
    MenuCommand("forgetme", Right.ASK),
    MenuCommand("language"),
    MenuCommand("help"),
)


def commands_for(actor: Actor | None) -> list[MenuCommand]:
    """Return what `actor` may use; None: what a stranger may, who alone is shown /start."""
    if actor is None:
        return [c for c in COMMANDS if c.right is None]
    return list(_commands_of(actor.role, actor.extra))


@lru_cache
def _commands_of(role: Role, extra: frozenset[Right]) -> tuple[MenuCommand, ...]:
    actor = Actor(None, "", role, extra=extra)
    return tuple(c for c in COMMANDS if c.name != "start" and (c.right is None or actor.may(c.right)))


def menu(actor: Actor | None, text: Text) -> list[BotCommand]:
    """Return the menu as Telegram takes it."""
    return [BotCommand(command=c.name, description=text(f"commands-{c.name}")) for c in commands_for(actor)]


async def set_default_menus(bot: Bot) -> None:
    """Set what strangers see, per app language; English for all other languages."""
    for language in (None, *LANGUAGES):
        await bot.set_my_commands(
            menu(None, text_for(language or "en")), BotCommandScopeDefault(), language_code=language
        )


async def set_menu(bot: Bot, actor: Actor) -> None:
    """Set the menu of one user's private chat. A menu is a convenience: failing to set it is logged, not raised."""
    if actor.id is None:
        return
    scope = BotCommandScopeChat(chat_id=actor.id)
    try:
        await bot.set_my_commands(menu(actor, text_for(actor.language)), scope)
    except TelegramAPIError as error:
        log.info("menu not set", user=actor.id, error=str(error))


async def clear_menu(bot: Bot, chat_id: int) -> None:
    """Give a private chat the menu of a stranger again."""
    try:
        await bot.delete_my_commands(BotCommandScopeChat(chat_id=chat_id))
    except TelegramAPIError as error:
        log.info("menu not cleared", user=chat_id, error=str(error))
