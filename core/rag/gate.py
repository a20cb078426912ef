"""The decision whether the documents answer a question, from what retrieval found, never from a prompt.

Two kinds of evidence go into one logistic score: how near the best passage is, and how much of the question (by the
rarity of its words) the best passages contain, translations included. A code that no document has counts against.
docs/evaluation.md describes the questions that the numbers were fitted on.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.rag.answers import Refusal, ScoredPassage
from core.rag.chunking import embedded_text
from core.rag.glossary import Concept
from core.rag.loading import language_of
from core.rag.snapshot import Snapshot
from core.rag.tokens import cognates, is_code, terms

_LOOKED_AT = 3
"""Passages whose words count as found."""
_NEAREST = 3
"""Documents named in a refusal."""
_DECISIVE = 4.0
"""Rarity of a code that answers alone once it is found: about one passage in 55 has it, so it names one thing (E-217),
not a machine that every chapter speaks of (P-200)."""
_DIGITS = 3
"""The fewest digits of such a code: `press-2` is a machine."""
_WORD = re.compile(r"[^\W_][\w./-]*")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the evidence; at a score of zero or more the question may be answered."""

    dense: float
    support: float
    unknown_code: float
    offset: float

    def score(self, dense: float, support: float, unknown_code: bool) -> float:
        """Return the evidence for an answer."""
        return self.dense * dense + self.support * support + self.unknown_code * unknown_code + self.offset


@dataclass(frozen=True, slots=True)
class _Calibrations:
    """For questions in the passage's language, and across languages."""

    same: Calibration
    across: Calibration


_CALIBRATED = {
    "multilingual-e5-small": _Calibrations(
        same=Calibration(28.0, 7.7, -3.2, -27.0), across=Calibration(48.4, 1.3, -3.1, -40.5)
    )
}
_ANY_MODEL = _Calibrations(same=Calibration(0, 9.7, -3.0, -4.6), across=Calibration(0, 5.5, -2.4, -0.8))
"""Inner products of models that nobody calibrated mean nothing yet: the words alone decide."""


def judge(
    question: str,
    ranked: Sequence[ScoredPassage],
    concepts: Sequence[Concept],
    snapshot: Snapshot,
    known: Callable[[str], bool],
    named: frozenset[str] = frozenset(),
) -> Refusal | None:
    """Return None where the question may be answered from `ranked` (at least one passage, best first).

    `concepts` are the question's in the language of the best passage; `known` tells whether a passage that the asker
    may read has a term; `named` are terms of the plant's own names, which no document need have.
    """
    best = ranked[0]
    across = language_of(question) != best.passage.language
    calibrations = next((found for model, found in _CALIBRATED.items() if model in snapshot.format.model), _ANY_MODEL)
    calibration = calibrations.across if across else calibrations.same
    support = _support(concepts, [_text(scored) for scored in ranked[:_LOOKED_AT]], snapshot, named, across=across)
    unknown_code = any(_unknown_code(concept, known) for concept in concepts)
    if not unknown_code and _decisive_code(concepts, best, snapshot):
        return None
    if support > 0 and calibration.score(best.dense or 0.0, support, unknown_code) >= 0:
        return None
    return Refusal(
        nearest=tuple(dict.fromkeys(scored.passage.title for scored in ranked))[:_NEAREST],
        missing=_missing(question, snapshot, known),
    )


def _support(
    concepts: Sequence[Concept], texts: Sequence[str], snapshot: Snapshot, named: frozenset[str], *, across: bool
) -> float:
    """Return the share of the question, by rarity, that stands in `texts`; 0 for a question without words."""
    found_terms = {term for text in texts for term in terms(text)}
    found_keys = {key for text in texts for key in cognates(text)} if across else set()
    whole = found = 0.0
    for concept in concepts:
        ways = (*concept.terms, *concept.alternatives)
        weight = min(snapshot.lexical.rarity(term) for term in ways)
        keys = cognates(" ".join(concept.terms)) if across and not concept.alternatives else []
        if not found_terms.isdisjoint(ways) or (keys and keys[-1] in found_keys):
            found += weight
        elif named.issuperset(concept.terms):
            continue
        whole += weight
    return found / whole if whole else 0.0


def _decisive_code(concepts: Sequence[Concept], best: ScoredPassage, snapshot: Snapshot) -> bool:
    """Tell whether the best passage has a code of the question that hardly any other has, whatever else was asked."""
    codes = {term for concept in concepts for term in concept.terms if is_code(term) and not term.isdigit()}
    rare = {code for code in codes if snapshot.lexical.rarity(code) >= _DECISIVE}
    return any(sum(map(str.isdigit, code)) >= _DIGITS for code in rare.intersection(terms(_text(best))))


def _unknown_code(concept: Concept, known: Callable[[str], bool]) -> bool:
    return any(is_code(term) and not known(term) for term in concept.terms)


def _missing(question: str, snapshot: Snapshot, known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the words of the question that no passage in its language has, as they were typed."""
    speaks = {passage.language for passage in snapshot.passages}
    words = []
    for word in dict.fromkeys(_WORD.findall(question)):
        found = terms(word)
        codes = [term for term in found if is_code(term)]
        if codes:
            absent = not known(codes[0])
        else:
            absent = bool(found) and language_of(word) in speaks and not any(map(known, found))
        if absent:
            words.append(word)
    return tuple(words)


def _text(scored: ScoredPassage) -> str:
    passage = scored.passage
    return embedded_text(passage.title, passage.section, passage.text)
