"""Welcome, help and language texts."""

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
    lines = [f"/{command.name} – {text(f'commands-{command.name}')}" for command in commands_for(actor)]
    return "\n\n".join([text("start-help"), "\n".join(lines), text("start-help-safety")])


def language_keyboard() -> InlineKeyboardMarkup:
    """Offer each language in its own words."""
    return rows([button(name, SetLanguage(language=code)) for code, name in LANGUAGE_NAMES.items()])


def join_keyboard(text: Text) -> InlineKeyboardMarkup:
    """Offer a stranger to ask the admins."""
    return rows([button(text("start-button-join"), AskToJoin())])
