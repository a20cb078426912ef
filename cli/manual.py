"""`docs/commands.md`, written from the bot's menu, the table of rights and the command line itself."""

from collections.abc import Iterator

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from bot.commands import COMMANDS, MenuCommand
from bot.i18n import text_for
from core.users.models import Role
from core.users.rights import RIGHTS

_HEAD = """\
# Commands

Written by `hydrodiag manual`; a test keeps it true.
"""
_CHAT = """\

## In the chat

Each person's menu shows what their role allows, in their language; services check rights again. A role has all that
the roles before it have; an admin may give single rights on top (`/grant`). `/help` tells more in the chat itself.

| command | in English | по-русски | from role |
|---|---|---|---|
"""
_LINE = """\

## On the server

`hydrodiag COMMAND --help` has the arguments and options. Whoever can run these is an admin. The exit code is 0,
1 (failed, or critical), or 2 (settings).

| command | what it does |
|---|---|
"""
_ROLES = (Role.VIEWER, Role.ENGINEER, Role.SENIOR_ENGINEER, Role.ADMIN)


def render_manual(command_line: typer.Typer) -> str:
    """Return the text of `docs/commands.md`."""
    chat = "".join(f"| {' | '.join(_chat_row(command))} |\n" for command in COMMANDS)
    server = "".join(f"| `{name}` | {text} |\n" for name, text in _verbs("hydrodiag", get_command(command_line)))
    return _HEAD + _CHAT + chat + _LINE + server


def _chat_row(command: MenuCommand) -> tuple[str, ...]:
    words = (text_for(language)(f"commands-{command.name}") for language in ("en", "ru"))
    right = command.right
    least = "anybody" if right is None else next(role.value for role in _ROLES if right in RIGHTS[role])
    return f"`/{command.name}`", *words, least.replace("_", " ")


def _verbs(name: str, command: object) -> Iterator[tuple[str, str]]:
    if isinstance(command, TyperGroup):
        for verb in command.commands.values():
            yield from _verbs(f"{name} {verb.name}", verb)
    elif isinstance(command, TyperCommand):
        yield name, " ".join((command.help or "").split())
