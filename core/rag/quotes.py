"""Quoting without a model: which passages, and which lines of them, fit one message on a phone."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

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
    return _joined(lines, _run(lines, weights) if head is None else _rows(lines, weights, head))


def _weights(lines: Sequence[str], question: str) -> list[float]:
    """Weigh each line by the question's terms in it; a term that fewer lines have counts more."""
    wanted = set(terms(question))
    found = [wanted & set(terms(line)) for line in lines]
    return [sum(1 / sum(term in other for other in found) for term in line) for line in found]


def _table_head(lines: Sequence[str]) -> int | None:
    """Return the number of a table's first line (loading joins cells by " | "), None where prose prevails."""
    rows = [n for n, line in enumerate(lines) if _CELLS in line]
    return rows[0] if len(rows) > len(lines) / 2 else None


def _rows(lines: Sequence[str], weights: Sequence[float], head: int) -> Sequence[int]:
    """Return the head and the rows that weigh at least half of the best, as far as there is room."""
    rows = [n for n in range(head + 1, len(lines)) if lines[n].strip()]
    best = max((weights[n] for n in rows), default=0.0)
    chosen = [head, *(n for n in rows if weights[n] >= best / 2)]
    return chosen[: max(_fitting(lines[n] for n in chosen), 2)]


def _run(lines: Sequence[str], weights: Sequence[float]) -> Sequence[int]:
    """Return the run of lines that has room and weighs most, the earliest of equals."""
    runs = [range(start, start + max(_fitting(lines[start:]), 1)) for start in range(len(lines))]
    return max(runs, key=lambda run: sum(weights[n] for n in run))


def _fitting(lines: Iterable[str]) -> int:
    """Return how many of `lines`, from the first on, fit one quote."""
    lengths = accumulate(len(line) + 1 for line in lines)
    return sum(1 for _ in takewhile(lambda length: length <= QUOTE_CHARS, lengths))


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
