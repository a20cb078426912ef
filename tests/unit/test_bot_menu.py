"""What the menus and buttons promise exists and fits."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData

from bot import app
from bot.callbacks.machines import ShowChart
from bot.callbacks.people import SetRole
from bot.commands import COMMANDS, menu
from bot.i18n import LANGUAGES, text_for
from core.outbox import Notice
from core.users.rights import OPERATOR

_LONGEST = {int: -(2**31), str: "ru", bool: False}


def _handled() -> set[str]:
    return {
        str(command)
        for module in app.ROUTERS
        for handler in module.router.message.handlers
        for condition in handler.filters or []
        if isinstance(condition.callback, Command)
        for command in condition.callback.commands
    }


def _longest(name: str, kind: Any) -> Any:
    """Return what takes most room: people's and questions' ids are 64 bits, all other numbers count something."""
    if issubclass(kind, StrEnum):
        return max(kind, key=len)
    return -(2**62) if name.endswith("_id") else _LONGEST[kind]


def _kinds(of: type[CallbackData] = CallbackData) -> Iterator[type[CallbackData]]:
    """Yield every kind of button, those that share a base included."""
    for kind in of.__subclasses__():
        if kind.__prefix__:
            yield kind
        yield from _kinds(kind)


def test_every_command_in_the_menus_has_a_handler() -> None:
    assert {command.name for command in COMMANDS} - _handled() == set()


def test_descriptions_fit_the_menu() -> None:
    for language in LANGUAGES:
        for command in menu(OPERATOR, text_for(language)):
            assert 3 <= len(command.description) <= 60


def test_button_data_fits_telegrams_64_bytes_and_comes_back() -> None:
    kinds = set(_kinds())
    assert {SetRole, ShowChart} <= kinds
    for kind in kinds:
        data = kind(**{name: _longest(name, field.annotation) for name, field in kind.model_fields.items()})
        assert len(data.pack().encode()) <= 64
        assert kind.unpack(data.pack()) == data


def test_prefixes_of_buttons_are_unique() -> None:
    prefixes = [kind.__prefix__ for kind in _kinds()]
    assert len(prefixes) == len(set(prefixes))


def test_every_kind_of_notice_has_words() -> None:
    from bot.views.notifications import _VIEWS

    assert set(_VIEWS) == set(Notice) - {
        Notice.ALARM,
        Notice.ALARM_STORM,
        Notice.FIRST_LOOK,
    }  # these have couriers of their own
