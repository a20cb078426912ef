"""Command menus: one per scope and language, resolved in Telegram's order."""

import json
import re
from typing import Any, Final

from bot.console.chats import Chats
from bot.console.errors import bad_request
from bot.console.events import Events
from bot.console.store import Store

MAX_COMMANDS: Final = 100
MAX_DESCRIPTION: Final = 256
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES: Final = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


class Menus:
    """Stores command lists as `setMyCommands` sets them."""

    def __init__(self, store: Store, chats: Chats, events: Events) -> None:
        self._store = store
        self._chats = chats
        self._events = events

    def commands(self, scope: Any, language_code: str) -> list[dict[str, str]]:
        """Return the list of exactly this scope and language."""
        commands: list[dict[str, str]] = self._store.setting(self._key(scope, language_code), [])
        return commands

    def save(self, scope: Any, language_code: str, commands: Any) -> None:
        """Replace the list of a scope and language.

        Raises:
            ApiError: a scope, language or command that Telegram refuses.
        """
        if not isinstance(commands, list):
            raise bad_request("expected an Array of BotCommand")
        if len(commands) > MAX_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self._store.save_setting(self._key(scope, language_code), [_command(command) for command in commands])
        for person in self._chats.people():
            self._events.publish(person.id, "commands", {"commands": self.menu(person.id)})

    def menu(self, person_id: int) -> list[dict[str, str]]:
        """Return what the person sees: the first list there is, from the narrowest scope to the widest."""
        language = self._chats.person(person_id).language_code
        scopes = ({"type": "chat", "chat_id": person_id}, {"type": "all_private_chats"}, {"type": "default"})
        lists = (self.commands(scope, code) for scope in scopes for code in (language, ""))
        return next((commands for commands in lists if commands), [])

    def _key(self, scope: Any, language_code: str) -> str:
        scope = {"type": "default"} if scope is None else scope
        if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
            raise bad_request("can't parse BotCommandScope: unsupported type specified")
        if language_code and not re.fullmatch("[a-z]{2}", language_code):
            raise bad_request("invalid language code specified")
        ids = [self._id(scope, name) for name in _SCOPES[scope["type"]]]
        return "commands:" + json.dumps([scope["type"], *ids, language_code])

    def _id(self, scope: dict[str, Any], name: str) -> int:
        try:
            return self._chats.person(int(scope[name])).id
        except (KeyError, TypeError, ValueError):
            raise bad_request("chat not found") from None


def _command(command: Any) -> dict[str, str]:
    if not isinstance(command, dict):
        raise bad_request("expected BotCommand to be an Object")
    name = str(command.get("command") or "").strip().removeprefix("/")
    description = str(command.get("description") or "").strip()
    if not name:
        raise bad_request("command must be non-empty")
    if not description:
        raise bad_request("command description must be non-empty")
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if len(description) > MAX_DESCRIPTION:
        raise bad_request("command description length must not exceed 256")
    return {"command": name, "description": description}
