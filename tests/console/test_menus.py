"""Command menus resolve as in Telegram: the narrowest scope first, the person's language before any."""

from typing import Any

import pytest

from bot.console import ADMIN, ENGINEER, STRANGER, Console
from tests.console.conftest import Api


def commands(*names: str) -> list[dict[str, str]]:
    return [{"command": name, "description": f"about {name}"} for name in names]


async def test_the_narrowest_scope_and_the_own_language_win(api: Api, console: Console) -> None:
    await api.result("setMyCommands", commands=commands("default"))
    await api.result("setMyCommands", commands=commands("default_ru"), language_code="ru")
    private = {"type": "all_private_chats"}
    assert console.menu(ENGINEER) == commands("default_ru")
    await api.result("setMyCommands", commands=commands("private"), scope=private)
    assert console.menu(ENGINEER) == commands("private")
    chat = {"type": "chat", "chat_id": ADMIN}
    await api.result("setMyCommands", commands=commands("admin"), scope=chat)
    await api.result("setMyCommands", commands=commands("admin_ru"), scope=chat, language_code="ru")
    assert (console.menu(ADMIN), console.menu(STRANGER)) == (commands("admin"), commands("private"))
    console.choose_language(ADMIN, "ru")
    assert console.menu(ADMIN) == commands("admin_ru")
    await api.result("deleteMyCommands", scope=private)
    assert console.menu(STRANGER) == commands("default")
    assert await api.result("getMyCommands", scope=private) == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"commands": commands("Bad")}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x", "description": ""}]}, "command description must be non-empty"),
        ({"commands": commands(*(f"c{n}" for n in range(101)))}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": commands("x"), "scope": {"type": "chat", "chat_id": 42}}, "chat not found"),
        ({"commands": commands("x"), "language_code": "rus"}, "invalid language code specified"),
    ],
)
async def test_bad_menus_are_refused(api: Api, params: dict[str, Any], reason: str) -> None:
    assert await api.refusal("setMyCommands", **params) == f"Bad Request: {reason}"
