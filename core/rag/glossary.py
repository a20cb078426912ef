"""A reviewed glossary: a question's technical words in the other language, and field slang in the book's words."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.rag.tokens import terms

_FILE = Path(__file__).with_name("glossary.toml")
_SLANG = "slang"
_EVERYDAY = "general"


@dataclass(frozen=True, slots=True)
class Concept:
    """A word or phrase of a question: its own terms, and what may stand for it in the language asked for.

    `technical` tells a term of the field from an everyday word.
    """

    terms: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    wording: str = ""
    technical: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    variants: dict[str, list[str]]
    section: str

    @property
    def slang(self) -> bool:
        return self.section == _SLANG


class Glossary:
    """Finds its phrases in questions by their stems, longest first; a word serves one phrase only.

    Slang is recognised in Russian; the English side of such an entry is what to search for.
    """

    def __init__(self, sections: dict[str, dict[str, str]]) -> None:
        self._phrases: dict[tuple[str, ...], list[_Entry]] = {}
        for section, lines in sections.items():
            for english, russian in lines.items():
                entry = _Entry({"en": _variants(english), "ru": _variants(russian)}, section)
                recognised = entry.variants["ru"] + ([] if entry.slang else entry.variants["en"])
                for phrase in {tuple(sorted(terms(variant))) for variant in recognised}:
                    self._phrases.setdefault(phrase, []).append(entry)
        self._phrases.pop((), None)
        self._longest = max(map(len, self._phrases), default=0)

    def concepts(self, question: str, spoken: str, wanted: str) -> list[Concept]:
        """Return the question in `spoken` as concepts to look for in passages in `wanted`.

        In another language phrases get their translations; in the same one only slang gets other words.
        """
        words = terms(question)
        found = []
        position = 0
        while position < len(words):
            length, entries = self._longest_at(words, position)
            useful = [entry for entry in entries if spoken != wanted or entry.slang]
            if not useful:
                length = 1
            variants = [entry.variants[wanted] for entry in useful]
            found.append(
                Concept(
                    terms=tuple(words[position : position + length]),
                    alternatives=tuple(
                        dict.fromkeys(t for phrases in variants for phrase in phrases for t in terms(phrase))
                    ),
                    wording=" ".join(phrases[0] for phrases in variants),
                    technical=any(entry.section != _EVERYDAY for entry in useful),
                )
            )
            position += length
        return found

    def _longest_at(self, words: list[str], position: int) -> tuple[int, list[_Entry]]:
        for length in range(min(self._longest, len(words) - position), 0, -1):
            if entries := self._phrases.get(tuple(sorted(words[position : position + length]))):
                return length, entries
        return 1, []


@lru_cache(maxsize=1)
def glossary() -> Glossary:
    """Return the product's glossary."""
    return Glossary(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def _variants(text: str) -> list[str]:
    return [variant.strip() for variant in text.split(";")]
