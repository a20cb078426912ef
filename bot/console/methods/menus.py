"""Command menus and the menu button."""

from typing import Any

from bot.console.errors import bad_request
from bot.console.methods.registry import method, read_chat_id
from bot.console.params import Params
from bot.console.state import State


@method("setMyCommands")
async def set_my_commands(state: State, params: Params) -> Any:
    """Replace the command list of a scope and language."""
    state.menus.save(_scope(params), params.text("language_code"), params.decoded("commands", "commands"))
    return True


@method("getMyCommands")
async def get_my_commands(state: State, params: Params) -> Any:
    """Return the command list of exactly this scope and language."""
    return state.menus.commands(_scope(params), params.text("language_code"))


@method("deleteMyCommands")
async def delete_my_commands(state: State, params: Params) -> Any:
    """Let wider scopes show through again."""
    state.menus.save(_scope(params), params.text("language_code"), [])
    return True


@method("setChatMenuButton")
async def set_chat_menu_button(state: State, params: Params) -> Any:
    """Remember the menu button; the page always shows the commands."""
    button = params.decoded("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "default", "web_app"):
        raise bad_request("can't parse menu button: unsupported type specified")
    state.store.save_setting(_button_key(state, params), button)
    return True


@method("getChatMenuButton")
async def get_chat_menu_button(state: State, params: Params) -> Any:
    """Return the menu button."""
    return state.store.setting(_button_key(state, params), {"type": "default"})


def _scope(params: Params) -> Any:
    return params.decoded("scope", "BotCommandScope")


def _button_key(state: State, params: Params) -> str:
    if not params.text("chat_id"):
        return "menu_button"
    return f"menu_button:{state.chats.person(read_chat_id(params)).id}"
