"""What the menus and buttons promise exists and fits."""

from typing import Any

from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData

from bot import app, callbacks
from bot.commands import COMMANDS, menu
from bot.i18n import LANGUAGES, text_for
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.exports.writers import Format
from core.diagnostics.reports.models import Step
from core.outbox import Notice
from core.rag.documents import Access
from core.rag.querylog import FeedbackReason
from core.rag.safety import Point
from core.users.models import Role
from core.users.rights import OPERATOR

_LONGEST = {
    Access: Access.ENGINEER,
    int: -(2**31),
    str: "ru",
    bool: False,
    Role: Role.SENIOR_ENGINEER,
    FeedbackReason: FeedbackReason.OTHER_MACHINE,
    Format: Format.PARQUET,
    Step: Step.REOPENED,
    DigestKind: DigestKind.DAILY,
    Point: Point.ACCUMULATORS,
}


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
    return -(2**62) if name.endswith("_id") else _LONGEST[kind]


def test_every_command_in_the_menus_has_a_handler() -> None:
    assert {command.name for command in COMMANDS} - _handled() == set()


def test_descriptions_fit_the_menu() -> None:
    for language in LANGUAGES:
        for command in menu(OPERATOR, text_for(language)):
            assert 3 <= len(command.description) <= 60


def test_button_data_fits_telegrams_64_bytes_and_comes_back() -> None:
    kinds = CallbackData.__subclasses__()
    assert callbacks.SetRole in kinds
    for kind in kinds:
        data = kind(**{name: _longest(name, field.annotation) for name, field in kind.model_fields.items()})
        assert len(data.pack().encode()) <= 64
        assert kind.unpack(data.pack()) == data


def test_prefixes_of_buttons_are_unique() -> None:
    prefixes = [kind.__prefix__ for kind in CallbackData.__subclasses__()]
    assert len(prefixes) == len(set(prefixes))


def test_every_kind_of_notice_has_words() -> None:
    from bot.views.notifications import _VIEWS

    assert set(_VIEWS) == set(Notice) - {Notice.ALARM, Notice.FIRST_LOOK}  # these have couriers of their own
