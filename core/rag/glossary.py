"""A reviewed glossary: a question's technical words in the other language, and field slang in the book's words."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.rag.tokens import terms

_FILE = Path(__file__).with_name("glossary.toml")
_SLANG = "slang"
_LANGUAGES = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Expansion:
    """What the glossary adds to a question in one language: search terms, and a wording to embed."""

    terms: tuple[str, ...] = ()
    wording: str = ""


class Glossary:
    """Finds its phrases in questions by their stems, longest first; a word serves one phrase only.

    Slang is recognised in Russian; the English side of such an entry is what to search for.
    """

    def __init__(self, sections: dict[str, dict[str, str]]) -> None:
        self._phrases: dict[tuple[str, ...], list[tuple[dict[str, list[str]], bool]]] = {}
        for section, entries in sections.items():
            for english, russian in entries.items():
                entry = {"en": _variants(english), "ru": _variants(russian)}
                for variant in entry["ru"] + ([] if section == _SLANG else entry["en"]):
                    self._phrases.setdefault(tuple(sorted(terms(variant))), []).append((entry, section == _SLANG))
        self._phrases.pop((), None)
        self._longest = max(map(len, self._phrases), default=0)

    def expand(self, question: str, spoken: str, wanted: str) -> Expansion:
        """Return what to add to a question in `spoken` for passages in `wanted`.

        In another language: translations of all phrases found. In the same one: the other words for its slang.
        """
        variants: list[list[str]] = []
        for entry, slang in self._found(terms(question)):
            if spoken != wanted or slang:
                variants.append(entry[wanted])
        added = dict.fromkeys(term for phrases in variants for phrase in phrases for term in terms(phrase))
        return Expansion(tuple(added), " ".join(dict.fromkeys(phrases[0] for phrases in variants)))

    def _found(self, words: list[str]) -> Iterable[tuple[dict[str, list[str]], bool]]:
        position = 0
        while position < len(words):
            for length in range(min(self._longest, len(words) - position), 0, -1):
                entries = self._phrases.get(tuple(sorted(words[position : position + length])))
                if entries:
                    yield from entries
                    position += length
                    break
            else:
                position += 1


@lru_cache(maxsize=1)
def glossary() -> Glossary:
    """Return the product's glossary."""
    return Glossary(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def _variants(text: str) -> list[str]:
    return [variant.strip() for variant in text.split(";")]
