"""Both languages say the same things: same messages, same parameters; and every expected error has its words."""

import importlib
import pkgutil

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import bot.handlers
import core
from bot.i18n import LANGUAGES, LOCALES, text_for
from core.errors import HydrodiagError


class _Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802  # fluent names its visitors so
        self.names.add(node.id.name)


def _messages(language: str) -> dict[tuple[str, str], set[str]]:
    """Map (file, key) to the names of the parameters."""
    found = {}
    for file in sorted((LOCALES / language).glob("*.ftl")):
        for entry in FluentParser().parse(file.read_text(encoding="utf-8")).body:
            assert not isinstance(entry, ast.Junk), f"{file.name}: {entry.content}"
            if isinstance(entry, ast.Message):
                variables = _Variables()
                variables.visit(entry)
                assert (file.name, entry.id.name) not in found, f"{entry.id.name} stands twice in {file}"
                found[file.name, entry.id.name] = variables.names
    return found


def test_both_languages_have_the_same_messages() -> None:
    english, russian = _messages("en"), _messages("ru")
    assert set(english) ^ set(russian) == set()


def test_messages_take_the_same_parameters_in_both_languages() -> None:
    english, russian = _messages("en"), _messages("ru")
    assert {key: names for key, names in english.items() if names != russian[key]} == {}


def test_no_key_stands_in_two_files() -> None:
    keys = [key for _, key in _messages("en")]
    assert sorted(keys) == sorted(set(keys))


def _errors() -> list[type[HydrodiagError]]:
    for package in (core, bot.handlers):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    importlib.import_module("bot.desk")
    found: list[type[HydrodiagError]] = []
    waiting = [HydrodiagError]
    while waiting:
        error = waiting.pop()
        if not error.__module__.startswith(("tests.", "cli.", "demo.", "workers.")):
            found.append(error)
        waiting += error.__subclasses__()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_expected_error_has_words(language: str) -> None:
    keys = {key for _, key in _messages(language)}
    assert {error.__name__: error.key for error in _errors() if error.key not in keys} == {}


def test_an_unknown_language_reads_english() -> None:
    assert text_for("de").language == "en"


def test_a_missing_message_is_a_loud_fault() -> None:
    with pytest.raises(LookupError):
        text_for("en")("no-such-message")
