"""What a model's answer may keep: citations of passages that it was given, and values that those passages contain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.rag.units import Figures, values

UNVERIFIED_MARK = "⚠️"
"""Stands behind a sentence with a value that no passage it may rest on contains."""

_CITATION = re.compile(r"[ \t]?[\[【]\s*\^?(\d+(?:\s*[,;–-]\s*\^?\d+)*)\s*[\]】](?:\([^)\s]*\))?")
_SPAN = re.compile(r"(\d+)(?:\s*[–-]\s*\^?(\d+))?")
_SENTENCE_END = re.compile(r"(?<=[.!?…\]])[ \t]+(?=[A-ZА-ЯЁ«\"(*_])|(?=\n)")
_CITED = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Grounded:
    """A checked answer: its `text`, the passages cited (from 1), citations invented, and values found nowhere."""

    text: str
    citations: tuple[int, ...]
    invented: tuple[int, ...]
    unverified: tuple[str, ...]


def ground(text: str, passages: Sequence[str], *, question: str = "") -> Grounded:
    """Check `text` against the `passages` that the model saw.

    Citations become `[1][2]`; those of passages that don't exist are removed. A sentence whose value with a unit occurs
    neither in a passage it cites (in any cited one where it cites none) nor in the question gets `UNVERIFIED_MARK`.
    """
    invented: set[int] = set()

    def keep_real(match: re.Match[str]) -> str:
        numbers = _numbers(match[1], len(passages))
        invented.update(n for n in numbers if not 1 <= n <= len(passages))
        real = "".join(f"[{n}]" for n in numbers if 1 <= n <= len(passages))
        return f" {real}" if real and match[0][0] in " \t" else real

    text = _CITATION.sub(keep_real, text).strip()
    cited = _cited(text)
    figures = {n: Figures(f"{passages[n - 1]}\n{question}") for n in cited}
    unverified: list[str] = []
    checked: list[str] = []
    position = 0
    for end in [*(match.start() for match in _SENTENCE_END.finditer(text)), len(text)]:
        sentence, position = text[position:end], end
        sources = [figures[n] for n in _cited(sentence) or cited]
        loose = [value.written for value in values(sentence) if not any(f.support(value) for f in sources)]
        unverified += loose
        checked.append(f"{sentence} {UNVERIFIED_MARK}" if loose else sentence)
    return Grounded("".join(checked), tuple(cited), tuple(sorted(invented)), tuple(dict.fromkeys(unverified)))


def _cited(text: str) -> list[int]:
    return sorted({int(number) for number in _CITED.findall(text)})


def _numbers(group: str, count: int) -> list[int]:
    """Return the numbers in `1, 3-5`; the end of a range over `count` stands for all that lie beyond."""
    numbers: list[int] = []
    for first, last in _SPAN.findall(group):
        numbers += range(int(first), min(int(last), count) + 1) if last else [int(first)]
        if last and int(last) > count:
            numbers.append(int(last))
    return numbers
