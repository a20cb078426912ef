"""Steps that open a pressurised circuit, and the checklist that stands in front of them.

The points follow ISO 4413 and ISO 14118 (isolation, stored energy, prevention of unexpected start-up) and chapter 02 of
the handbook. Which words make such a step is told by `safety.toml`; a model is never asked.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from core.rag.answers import Answer, AnswerMode

_FILE = Path(__file__).with_name("safety.toml")
_CLAUSE = re.compile(r"[.;!?](?=\s|$)|\n|\|")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_NEAR = 6
"""Words behind the verb, or before it, among which the part is looked for."""


class Point(StrEnum):
    """A point of the checklist, in the order of work."""

    LOCKED = "locked"
    LOADS = "loads"
    ACCUMULATORS = "accumulators"
    ZERO = "zero"
    HOT = "hot"


@dataclass(frozen=True, slots=True)
class _Rule:
    verbs: re.Pattern[str]
    parts: re.Pattern[str]
    either_order: bool


def needs_isolation(answer: Answer) -> bool:
    """Tell whether the checklist belongs in front of `answer`: what it shows, or a passage that a model cites, opens a
    pressurised circuit. Of quoted passages only the lines quoted count, which are the text.
    """
    shown = [answer.text]
    if answer.mode is AnswerMode.MODEL:
        shown += [answer.passages[n - 1].passage.text for n in answer.citations if n <= len(answer.passages)]
    return any(map(opens_circuit, shown))


def opens_circuit(text: str) -> bool:
    """Tell whether `text` has a step that opens a pressurised circuit, in English or Russian."""
    return opening_clause(text) is not None


def opening_clause(text: str) -> str | None:
    """Return the first clause of `text` that opens a pressurised circuit."""
    return next((clause.strip() for clause in _CLAUSE.split(text) if _opens(clause.casefold())), None)


def _opens(clause: str) -> bool:
    rules, excuses = _rules()
    return any(_meets(clause, verb, rule, excuses) for rule in rules for verb in rule.verbs.finditer(clause))


def _meets(clause: str, verb: re.Match[str], rule: _Rule, excuses: re.Pattern[str]) -> bool:
    """Tell whether a part stands near the verb, with nothing between them that excuses it."""
    behind = " ".join(_WORD.findall(clause[verb.end() :])[:_NEAR])
    part = rule.parts.search(behind)
    if part and not excuses.search(behind[: part.start()]):
        return True
    before = " ".join(_WORD.findall(clause[: verb.start()])[-_NEAR:])
    parts = list(rule.parts.finditer(before)) if rule.either_order else []
    return bool(parts) and not excuses.search(before[parts[-1].end() :])


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[_Rule, ...], re.Pattern[str]]:
    book = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    rules = (_Rule(_any(r["verbs"]), _any(r["parts"]), r.get("either_order", False)) for r in book["rule"])
    return tuple(rules), _any(book["excuses"]["words"])


def _any(entries: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for any of `entries`; `*` stands for the rest of a word."""
    return re.compile(r"\b(?:" + "|".join(re.escape(entry).replace(r"\*", r"\w*") for entry in entries) + r")\b")
