"""Which machine is meant: by code or by name in any language, in any case, shortened or slightly misspelt."""

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from core.diagnostics.models import System
from core.errors import BadInputError, NotFoundError

_CLOSE = 0.75
"""Similarity (difflib's ratio) from which a word counts as a misspelling or another case form of a name."""


class UnknownSystemError(NotFoundError):
    """No machine answers to this name."""

    key = "sensors-unknown-system"


class AmbiguousSystemError(BadInputError):
    """Several machines answer to this name."""

    key = "sensors-ambiguous-system"


def find_system(systems: Sequence[System], wanted: str) -> System:
    """Return the machine that `wanted` names: exactly, else by the beginnings of words, else by similar words.

    Raises:
        UnknownSystemError: no machine fits; `machines` lists those there are.
        AmbiguousSystemError: several fit equally well; `machines` lists them.
    """
    for fits in (_is_called, _begins_like, _sounds_like):
        found = [system for system in systems if fits(system, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousSystemError(name=wanted[:60], machines=_codes(found))
    raise UnknownSystemError(name=wanted[:60], machines=_codes(systems))


def _is_called(system: System, wanted: str) -> bool:
    return "".join(_words(wanted)) in {"".join(_words(name)) for name in _all_names(system)}


def _begins_like(system: System, wanted: str) -> bool:
    return _every_word(system, wanted, lambda word, known: any(name.startswith(word) for name in known))


def _sounds_like(system: System, wanted: str) -> bool:
    return _every_word(system, wanted, lambda word, known: bool(get_close_matches(word, known, 1, _CLOSE)))


def _every_word(system: System, wanted: str, fits: Callable[[str, list[str]], bool]) -> bool:
    known = [word for name in _all_names(system) for word in _words(name)]
    words = _words(wanted)
    return bool(words) and all(fits(word, known) for word in words)


def _all_names(system: System) -> list[str]:
    return [system.code, *system.names.values()]


def _words(text: str) -> list[str]:
    """Letters and digits apart: "ГС-7" and "гс7" are both two words."""
    return re.findall(r"\d+|[^\W\d_]+", text.casefold().replace("ё", "е"))


def _codes(systems: Sequence[System]) -> str:
    return ", ".join(system.code for system in systems)
