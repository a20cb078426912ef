"""The doors as they are: read from the routers, the command line and the workers, with something to knock with."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData, CallbackQueryFilter
from typer.core import TyperGroup
from typer.main import get_command

from bot.app import ROUTERS

NOBODY = 987654
"""An id that nothing has."""


@dataclass(frozen=True, slots=True)
class Door:
    """A handler: its name as in the table of permissions, and the command or button that leads to it, if one does."""

    name: str
    command: str | None
    button: type[CallbackData] | None


def doors() -> list[Door]:
    """Return every handler of every router."""
    return [
        _door(handler)
        for module in ROUTERS
        for observer in module.router.observers.values()
        for handler in observer.handlers
    ]


def verbs(app: typer.Typer) -> set[str]:
    """Return every verb of the command line."""
    return set(_verbs("", get_command(app)))


def filled(button: type[CallbackData], *, yes: bool = True, **known: Any) -> str:
    """Return callback data with `known` fields where they fit, and something plausible in the others."""
    values = {name: known.get(name, _plausible(field.annotation, yes)) for name, field in button.model_fields.items()}
    return button(**values).pack()


def name_of(handler: Any) -> str:
    """Return the name of a handler as in the table of permissions."""
    return f"{handler.callback.__module__.rpartition('.')[2]}.{handler.callback.__name__}"


def _door(handler: Any) -> Door:
    command = button = None
    for wrapped in handler.filters or ():
        if isinstance(wrapped.callback, Command):
            command = str(wrapped.callback.commands[0])
        if isinstance(wrapped.callback, CallbackQueryFilter):
            button = wrapped.callback.callback_data
    return Door(name_of(handler), command, button)


def _verbs(name: str, command: object) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for verb in command.commands.values():
            yield from _verbs(f"{name} {verb.name}".strip(), verb)
    else:
        yield name


def _plausible(kind: Any, yes: bool) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return {int: NOBODY, str: "x", bool: yes}[kind]
