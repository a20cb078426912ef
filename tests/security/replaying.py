"""Finds every button that the bot shows, by pressing them all, and the way that leads to each."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aiogram.filters.callback_data import CallbackData
from aiogram.methods import TelegramMethod

from tests.security.conftest import House
from tests.security.doors import doors, filled

BUTTONS = sorted({door.button for door in doors() if door.button}, key=lambda kind: kind.__name__)
ARGUMENTS = ("", "press-1")
"""What follows commands."""
MADE_UP: dict[str, dict[str, Any]] = {
    "Rate": {"value": 1},
    "SilenceAlarm": {"hours": 1},
    "TickPoint": {"on": True},
}
"""What buttons carry that no way leads to, where not just anything will do."""
ACTING = {
    "AcknowledgeAlarm",
    "AddCall",
    "BuildIndex",
    "CancelOperation",
    "ConfirmForgetting",
    "ConfirmOperation",
    "DecideCase",
    "DeleteChain",
    "DeleteDocument",
    "DeleteRota",
    "Discard",
    "EndSilence",
    "HandDuty",
    "HandOver",
    "IndexDocument",
    "ListenFrom",
    "ListenOn",
    "ListenTo",
    "MakeInvite",
    "NewChain",
    "RaiseChain",
    "RemoveCall",
    "ReportAlarm",
    "SetAccess",
    "SetChainLevel",
    "SetChainPlace",
    "SetRole",
    "SetRotaMember",
    "SetRotaTurn",
    "SilenceAlarm",
    "TagMachine",
    "TakeDuty",
    "TalkAbout",
    "TickPoint",
    "WantDigest",
    "WantDocument",
    "WorkOnReport",
}
"""Buttons that must have been seen to change something: otherwise that they change it once would say nothing."""
OF_EACH_CHAT = {"ListenFrom", "ListenOn", "ListenTo", "TalkAbout"}
"""Buttons about the chat they are pressed in: in another one they do for that what they did for the first."""
AGAIN = {"Replay": "tries once more what was refused, and says so in the audit log"}
"""Buttons that do something each time, and why that is right."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A button as far as it matters what it does: its class, and what it chooses among a few things."""

    button: type[CallbackData]
    choices: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.button.__name__

    def __str__(self) -> str:
        """Name it."""
        return " ".join([self.name, *map(str, self.choices)])


@dataclass(frozen=True, slots=True)
class Way:
    """How to come to a button: a command, and buttons to press one after another; or data made up for it."""

    last: Kind
    steps: tuple[str | Kind, ...] = ()
    made: str = ""

    def on(self, further: Kind) -> "Way":
        """Return the way to what this button shows."""
        return Way(further, (*self.steps, self.last))


async def walk(house: House, way: Way) -> str:
    """Go all the way; return the data of the button at its end, "" if it is not there."""
    if way.made:
        return way.made
    data = ""
    for step, further in zip(way.steps, (*way.steps[1:], way.last), strict=True):
        done = await (house.send(text=step) if isinstance(step, str) else house.press(data))
        data = shown(done).get(further, "")  # type: ignore[arg-type]
        if not data:
            break
    return data


async def first_ways(house: House) -> dict[Kind, Way]:
    """Return the buttons under what the bot answers to its commands."""
    found: dict[Kind, Way] = {}
    for command in sorted({door.command for door in doors() if door.command}):
        for argument in ARGUMENTS:
            said = f"/{command} {argument}".strip()
            for kind in shown(await house.send(text=said)):
                found.setdefault(kind, Way(kind, (said,)))
        house.forget_states()
    return found


def made_up(fields: dict[str, Any]) -> Iterator[Way]:
    """Yield every button with `fields`, whether or not the bot shows it."""
    for button in BUTTONS:
        for yes in (True, False):
            data = filled(button, yes=yes, **{**fields, **MADE_UP.get(button.__name__, {})})
            yield Way(_kind_of(data), made=data)


def shown(done: list[TelegramMethod[Any]]) -> dict[Kind, str]:
    """Return the buttons among what the bot did, and what they carry."""
    return {_kind_of(data): data for data in _data(done)}


def _kind_of(data: str) -> Kind:
    button = next(kind for kind in BUTTONS if data.split(kind.__separator__)[0] == kind.__prefix__)
    pressed = button.unpack(data)
    few = [name for name, field in button.model_fields.items() if _is_choice(field.annotation)]
    return Kind(button, tuple(getattr(pressed, name) for name in few))


def _is_choice(kind: Any) -> bool:
    return kind is bool or (isinstance(kind, type) and issubclass(kind, Enum))


def _data(done: list[TelegramMethod[Any]]) -> Iterator[str]:
    for call in done:
        for line in getattr(getattr(call, "reply_markup", None), "inline_keyboard", None) or ():
            yield from (key.callback_data for key in line if key.callback_data)
