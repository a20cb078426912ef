"""Quoting without a model: which passages, and which lines of them, fit one message on a phone."""

from collections.abc import Sequence
from itertools import accumulate

from core.rag.answers import ScoredPassage
from core.rag.tokens import terms

QUOTE_CHARS = 1000
"""The longest quote of one passage; the whole passage is one tap away."""
EXTRACT_CHARS = 2000
"""Room for all quotes of an answer; the best passage is quoted in any case."""
_NEAR = 0.5
"""Share of its language's best score from which a passage is worth quoting."""
_GAP = "…"
_CELLS = " | "


def extract(passages: Sequence[ScoredPassage], question: str) -> tuple[str, tuple[ScoredPassage, ...], int]:
    """Return the quotes of the best passages, each followed by its `[n]`, all passages in that order, and how many
    of them are quoted: those near the best of their language, as far as there is room.
    """
    near, far = _near_and_far(passages)
    quotes = [quote(scored.passage.text, question) for scored in near]
    lengths = accumulate(len(text) for text in quotes)
    fitting = max(sum(length <= EXTRACT_CHARS for length in lengths), 1)
    return "\n\n".join(f"{text}\n[{n}]" for n, text in enumerate(quotes[:fitting], 1)), (*near, *far), fitting


def _near_and_far(passages: Sequence[ScoredPassage]) -> tuple[list[ScoredPassage], list[ScoredPassage]]:
    best: dict[str, float] = {}
    for scored in passages:
        best[scored.passage.language] = max(scored.score, best.get(scored.passage.language, 0.0))
    near = [scored for scored in passages if scored.score >= _NEAR * best[scored.passage.language]]
    return near, [scored for scored in passages if scored not in near]


def quote(passage: str, question: str) -> str:
    """Return `passage`, or, where it is too long, its lines nearest to the question, word for word, gaps marked "…".

    Of a table the head and the rows with the question's rarest terms stay; of prose the best run of whole lines.
    """
    if len(passage) <= QUOTE_CHARS:
        return passage
    lines = passage.split("\n")
    weights = _weights(lines, question)
    head = _table_head(lines)
    kept = _rows(lines, weights, head) if head else _run(lines, weights)
    return _joined(lines, sorted(kept))


def _weights(lines: Sequence[str], question: str) -> list[float]:
    """Weigh each line by the question's terms in it; a term that fewer lines have counts more."""
    wanted = set(terms(question))
    found = [wanted & set(terms(line)) for line in lines]
    return [sum(1 / sum(term in other for other in found) for term in line) for line in found]


def _table_head(lines: Sequence[str]) -> list[int]:
    """Return the number of a table's first line (loading joins cells by " | "), empty where prose prevails."""
    rows = [n for n, line in enumerate(lines) if _CELLS in line]
    return rows[:1] if len(rows) > len(lines) / 2 else []


def _rows(lines: Sequence[str], weights: Sequence[float], head: list[int]) -> set[int]:
    rows = [n for n in range(head[-1] + 1, len(lines)) if lines[n].strip()]
    best = max((weights[n] for n in rows), default=0.0)
    chosen = [n for n in rows if weights[n] >= best / 2]
    return _fitting(lines, head, chosen)


def _run(lines: Sequence[str], weights: Sequence[float]) -> set[int]:
    """Return the run of lines within QUOTE_CHARS that weighs most, the earliest of equals."""
    runs = [_from(lines, start) for start in range(len(lines))]
    return set(max(runs, key=lambda run: sum(weights[n] for n in run)))


def _from(lines: Sequence[str], start: int) -> list[int]:
    return sorted(_fitting(lines, [start], list(range(start + 1, len(lines))), together=True))


def _fitting(lines: Sequence[str], first: list[int], more: list[int], *, together: bool = False) -> set[int]:
    kept = list(first)
    room = QUOTE_CHARS - sum(len(lines[n]) + 1 for n in first)
    for n in more:
        room -= len(lines[n]) + 1
        if room < 0 and (together or len(kept) > len(first)):
            break
        kept.append(n)
    return set(kept)


def _joined(lines: Sequence[str], kept: Sequence[int]) -> str:
    parts: list[str] = []
    for place, n in enumerate(kept):
        before = kept[place - 1] if place else -1
        if any(line.strip() for line in lines[before + 1 : n]) and _CELLS not in lines[n]:
            parts.append(_GAP)
        parts.append(lines[n])
    if any(line.strip() for line in lines[kept[-1] + 1 :]):
        parts.append(f"\n{_GAP}")
    return "\n".join(parts).strip("\n")
