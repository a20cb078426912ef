"""The decision whether the documents answer a question, from what retrieval found, never from a prompt.

The pieces of evidence, weighed by `core.rag.calibration`:

- dense: the inner product of question and best passage,
- support: how much of the question, by the rarity of its words, stands in one of the best passages, translations
  included,
- strange: the question names a code, or in Russian a Latin name, that no document has,
- lacking: across languages, a word of the question whose translations no document has,
- value: the question asks for a value, and no passage has one of that kind.

docs/evaluation.md describes the questions that the weights were fitted on.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.rag.answers import Evidence, Refusal, ScoredPassage
from core.rag.calibration import Weights
from core.rag.chunking import embedded_text
from core.rag.glossary import Concept
from core.rag.loading import language_of
from core.rag.snapshot import Snapshot
from core.rag.tokens import cognates, is_code, is_number, is_part_number, terms
from core.rag.wanted import has_value, wanted_values

_LOOKED_AT = 3
"""Passages whose words count as found."""
_NEAREST = 3
"""Documents named in a refusal."""
_MUCH_NEARER = 0.5
"""Share of a passage's score below which nothing in the reader's language is its like."""
_DECISIVE = 4.0
"""Rarity of a code that answers alone once it is found: about one passage in 55 has it, so it names one thing (E-217),
not a machine that every chapter speaks of (P-200)."""
_DIGITS = 3
"""The fewest digits of such a code: `press-2` is a machine."""
_WORD = re.compile(r"[^\W_][\w./-]*")

_CHAT = """
got get gets getting ok okay please hi hello hey guys guy thanks today doing morning evening whats hows wheres dont
doesnt didnt isnt wont cant im ive till bit really just anyway maybe actually let lets say tell want know think also
still yet вообще пожалуйста привет здравствуйте добрый день утро вечер сегодня дела поживаешь спасибо подскажите
подскажи скажите скажи ребята мужики хочу знать понять просто ладно кажется вроде типа короче
"""
"""Words of people who type to a person: that no manual has them says nothing about the question."""
_CHAT_TERMS = frozenset(terms(_CHAT))

Known = Callable[[str], bool]
"""Tells whether a passage that the asker may read has a term."""


def weigh(
    question: str,
    ranked: Sequence[ScoredPassage],
    concepts: Sequence[Concept],
    snapshot: Snapshot,
    known: Known,
    named: frozenset[str] = frozenset(),
) -> Evidence:
    """Return the evidence for an answer from `ranked` (at least one passage, best first).

    `concepts` are the question's in the language of the best passage; `named` are terms of the plant's own names, which
    no document need have.
    """
    best = ranked[0]
    spoken = language_of(question)
    across = spoken != best.passage.language
    weights = snapshot.calibration.across if across else snapshot.calibration.same
    texts = [_text(scored) for scored in ranked[:_LOOKED_AT]]
    evidence = Evidence(
        across=across,
        dense=best.dense or 0.0,
        support=max(_support(concepts, text, snapshot, named, across=across) for text in texts),
        strange=tuple(term for concept in concepts for term in _strange(concept, spoken, known, across=across)),
        lacking=tuple(" ".join(concept.terms) for concept in concepts if across and _lacking(concept, known)),
        values=tuple(
            quantity for quantity in wanted_values(question) if not any(has_value(quantity, text) for text in texts)
        ),
        code_found=_decisive_code(concepts, best, snapshot),
        score=0.0,
        answer_from=weights.answer_from,
        partial_from=weights.partial_from,
    )
    return replace(evidence, score=_score(evidence, weights))


def judge(
    question: str,
    evidence: Evidence,
    ranked: Sequence[ScoredPassage],
    snapshot: Snapshot,
    known: Known,
    reader: str | None = None,
) -> Refusal | None:
    """Return None where the question may be answered from `ranked`; `reader` is the language to name documents in.

    What names a thing or asks for a value that no document has is never answered, however near the passages.
    """
    sure = evidence.score >= evidence.answer_from and (evidence.support > 0 or evidence.across)
    if not evidence.strange and not evidence.values and (sure or evidence.code_found):
        return None
    return Refusal(
        nearest=_nearest(ranked, reader),
        missing=_missing(question, snapshot, known),
        values=evidence.values,
        partial=evidence.score >= evidence.partial_from,
    )


def _nearest(ranked: Sequence[ScoredPassage], reader: str | None) -> tuple[str, ...]:
    """Return the titles of the nearest documents; in another language than the reader's only what is much nearer than
    anything in theirs, for there is hardly a translation of it.
    """
    own = max((scored.score for scored in ranked if scored.passage.language == reader), default=0.0)
    named = (
        scored.passage.title
        for scored in ranked
        if scored.passage.language == reader or scored.score * _MUCH_NEARER > own
    )
    return tuple(dict.fromkeys(named))[:_NEAREST]


def _score(evidence: Evidence, weights: Weights) -> float:
    return (
        weights.offset
        + weights.dense * evidence.dense
        + weights.support * evidence.support
        + weights.strange * bool(evidence.strange)
        + weights.lacking * bool(evidence.lacking)
        + weights.value * bool(evidence.values)
    )


def _support(
    concepts: Sequence[Concept], text: str, snapshot: Snapshot, named: frozenset[str], *, across: bool
) -> float:
    """Return the share of the question, by rarity, that stands in `text`; 0 for a question without words.

    Chat does not count, nor does what the text lacks where it is a name of the plant's own, or a number: somebody's
    reading.
    """
    found_terms = set(terms(text))
    found_keys = set(cognates(text)) if across else set()
    whole = found = 0.0
    for concept in concepts:
        if _CHAT_TERMS.issuperset(concept.terms):
            continue
        ways = (*concept.terms, *concept.alternatives)
        weight = min(snapshot.lexical.rarity(term) for term in ways)
        keys = cognates(" ".join(concept.terms)) if across and not concept.alternatives else []
        if not found_terms.isdisjoint(ways) or (keys and keys[-1] in found_keys):
            found += weight
        elif all(term in named or is_number(term) for term in concept.terms):
            continue
        whole += weight
    return found / whole if whole else 0.0


def _decisive_code(concepts: Sequence[Concept], best: ScoredPassage, snapshot: Snapshot) -> bool:
    """Tell whether the best passage has a code of the question that hardly any other has, whatever else was asked."""
    codes = {term for concept in concepts for term in concept.terms if is_part_number(term)}
    rare = {code for code in codes if snapshot.lexical.rarity(code) >= _DECISIVE}
    return any(sum(map(str.isdigit, code)) >= _DIGITS for code in rare.intersection(terms(_text(best))))


def _strange(concept: Concept, spoken: str, known: Known, *, across: bool) -> list[str]:
    """Return the codes that nobody knows, and the Latin names in Russian put to documents in English."""
    foreign = across and spoken == "ru"
    suspects = (
        term for term in concept.terms if is_part_number(term) or (foreign and term.isascii() and term.isalpha())
    )
    return [term for term in suspects if not known(term)]


def _lacking(concept: Concept, known: Known) -> bool:
    return bool(concept.alternatives) and not any(map(known, (*concept.terms, *concept.alternatives)))


def _missing(question: str, snapshot: Snapshot, known: Known) -> tuple[str, ...]:
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
        if absent and not _CHAT_TERMS.issuperset(found):
            words.append(word)
    return tuple(words)


def _text(scored: ScoredPassage) -> str:
    passage = scored.passage
    return embedded_text(passage.title, passage.section, passage.text)
