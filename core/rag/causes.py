"""Which passages tell likely causes of what a sensor shows: first the chapter on it, then what it says of causes."""

from collections.abc import Collection, Iterator, Sequence

from core.rag.answers import Passage, ScoredPassage

CHAPTERS = 2
"""Of so many documents on the subject: of a third one, causes are those of something else."""


def likely_causes(
    subject: Sequence[ScoredPassage],
    causes: Sequence[ScoredPassage],
    language: str,
    *,
    machine: Collection[str],
    others: Collection[str],
) -> list[ScoredPassage]:
    """Return the passages to show, best first: of causes in the documents on the subject, then of the subject itself.

    A question for causes finds chapters on causes, whatever of; one for the subject alone finds its chapter. Both are
    best first. Passages in the reader's `language` are preferred, and those under a heading that names one of the
    `others`, and not `machine` (codes and names), are left out: they are about another machine.
    """
    fit = [scored for scored in subject if not _is_foreign(scored.passage, machine, others)]
    own = [scored for scored in fit if scored.passage.language == language] or fit
    chapters = list(dict.fromkeys(scored.passage.document for scored in own))[:CHAPTERS]
    of_causes = [s for s in causes if s.passage.document in chapters and not _is_foreign(s.passage, machine, others)]
    return list(_each_once([*of_causes, *own]))


def _is_foreign(passage: Passage, machine: Collection[str], others: Collection[str]) -> bool:
    heading = f"{passage.title} {passage.section}".lower()
    return _names(heading, others) and not _names(heading, machine)


def _names(heading: str, words: Collection[str]) -> bool:
    return any(word.lower() in heading for word in words)


def _each_once(passages: Sequence[ScoredPassage]) -> Iterator[ScoredPassage]:
    seen = set()
    for scored in passages:
        if scored.passage.id not in seen:
            seen.add(scored.passage.id)
            yield scored
