"""Which machines a sentence names: by code, name, designation, or kind and number. Rules only."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from core.diagnostics.models import System

_WORD = re.compile(r"\d+|[^\W\d_]+")
_LOOK_ALIKE = str.maketrans("авекмнорстухё", "abekmhopctyxe")
"""Cyrillic letters that stand for Latin ones: "Р-200" typed on a Russian keyboard is "P-200"."""
_SHORTEST_STEM = 4
_LONGEST_ENDING = 3
"""Letters that a Russian case, or an English plural, may add to a stem or put in place of its end."""
_SHORT_NOUN = 3
_SHORT_ENDINGS = frozenset(ending.translate(_LOOK_ALIKE) for ending in ("а", "у", "е", "и", "ы", "ом", "ов"))
"""What Russian adds to a noun of three letters: "в баке"."""
_POINTING = frozenset({"the", "this", "that", "our", "my"})
"""In English a bare kind of machine ("press") may be a verb: it counts as a name only behind one of these."""


def mentioned(systems: Sequence[System], sentence: str, *, bare: bool = False) -> list[System]:
    """Return the machines that `sentence` names, in the order of `systems`.

    "press-2", "P-200", "пресс 2", "прессе П-200"; "the excavator", "экскаватора" where there is only one. `bare`: in
    English, too, a kind of machine needs no article.
    """
    words = words_of(sentence)
    exact = [system for system in systems if any(_contains(words, name) for name in _designations(system))]
    if exact:
        return exact
    kinds = Counter((language, *_kind(name)) for system in systems for language, name in system.names.items())
    return [system for system in systems if _is_only_one_of_its_kind(system, kinds, words, bare=bare)]


def _designations(system: System) -> Iterator[list[str]]:
    """Yield the word sequences that stand for this machine alone."""
    code = words_of(system.code)
    yield code
    numbers = [word for word in code if word.isdigit()]
    for name in system.names.values():
        words = words_of(name)
        yield words
        for n, word in enumerate(words):
            if word.isdigit() and n:
                yield words[n - 1 : n + 1]
        if numbers and (kind := _kind(name)):
            yield [*kind, numbers[-1]]


def _is_only_one_of_its_kind(
    system: System, kinds: Mapping[tuple[str, ...], int], words: Sequence[str], *, bare: bool
) -> bool:
    """`kinds`: how many machines there are of each, by language and words."""
    for language, name in system.names.items():
        kind = _kind(name)
        if not kind or kinds[language, *kind] > 1:
            continue
        for place in _places(words, kind):
            if bare or language != "en" or (place and words[place - 1] in _POINTING):
                return True
    return False


def _kind(name: str) -> list[str]:
    """Return the words of a name before its designation: "Power unit" of "Power unit HPU-7"."""
    words = words_of(name)
    digits = next((n for n, word in enumerate(words) if word.isdigit()), len(words))
    kind = words[: max(digits - 1, 0)] if digits < len(words) else words
    return kind if all(len(word) >= _SHORTEST_STEM for word in kind) else []


def _contains(words: Sequence[str], name: Sequence[str]) -> bool:
    return any(True for _ in _places(words, name))


def _places(words: Sequence[str], name: Sequence[str]) -> Iterator[int]:
    for start in range(len(words) - len(name) + 1 if name else 0):
        if all(map(is_form_of, words[start : start + len(name)], name)):
            yield start


def is_form_of(word: str, known: str) -> bool:
    """Tell whether `word` is `known`, or another form of it: numbers and short letters have none."""
    if word == known or (len(known) == _SHORT_NOUN and word.startswith(known) and word[3:] in _SHORT_ENDINGS):
        return True
    stem = known[: max(len(known) - 2, _SHORTEST_STEM)]
    longest = len(known) + _LONGEST_ENDING - 1
    return len(known) >= _SHORTEST_STEM and word.startswith(stem) and len(stem) <= len(word) <= longest


def words_of(text: str) -> list[str]:
    return [word.translate(_LOOK_ALIKE) for word in _WORD.findall(text.casefold())]


def without_mentions(system: System, words: Sequence[str]) -> list[str]:
    """Return `words` without those that name the machine, by its code, names, or kind and number."""
    left = list(words)
    kinds = [kind for name in system.names.values() if (kind := _kind(name))]
    for name in sorted([*_designations(system), *kinds], key=len, reverse=True):
        for place in reversed(list(_places(left, name))):
            del left[place : place + len(name)]
    return left
