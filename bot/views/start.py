"""Welcome, help and language texts."""

from functools import lru_cache

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.people import AskToJoin
from bot.callbacks.profile import SetLanguage
from bot.commands import commands_for
from bot.i18n import Text
from bot.views.keyboards import button, rows
from core.users.rights import Actor, Right

LANGUAGE_NAMES = {"ru": "Русский", "en": "English"}


def welcome(actor: Actor, text: Text) -> str:
    """Greet a member and say what to do first."""
    parts = [text("start-welcome", name=actor.name)]
    if actor.may(Right.MANAGE_USERS):
        parts.append(text("start-welcome-admin"))
    return "\n\n".join(parts)


def help_page(actor: Actor, text: Text) -> str:
    """List the commands this user has, and the ways to ask."""
    return _help_page(tuple(command.name for command in commands_for(actor)), text)


@lru_cache(maxsize=256)
def _help_page(commands: tuple[str, ...], text: Text) -> str:
    """Word the page once for all who have the same commands: it is one of the commands that people send most."""
    lines = [f"/{name} – {text(f'commands-{name}')}" for name in commands]
    return "\n\n".join([text("start-help"), "\n".join(lines), text("start-help-safety")])


def language_keyboard() -> InlineKeyboardMarkup:
    """Offer each language in its own words."""
    return rows([button(name, SetLanguage(language=code)) for code, name in LANGUAGE_NAMES.items()])


def join_keyboard(text: Text) -> InlineKeyboardMarkup:
    """Offer a stranger to ask the admins."""
    return rows([button(text("start-button-join"), AskToJoin())])
