"""What a model's answer may keep: citations of passages that it was given, and values that those passages contain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.rag.units import Figures, values

UNVERIFIED_MARK = "⚠️"
"""Stands behind a sentence with a value that no passage it may rest on contains."""

_LABEL = r"\^?[SsСс]?\d+"
_CITATION = re.compile(rf"[ \t]?[\[【]\s*({_LABEL}(?:\s*[,;–-]\s*{_LABEL})*)\s*[\]】](?:\([^)\s]*\))?")
_SPAN = re.compile(r"([SsСс]?)(\d+)(?:\s*[–-]\s*\^?[SsСс]?(\d+))?")
_SENTENCE_END = re.compile(r"(?<=[.!?…\]])[ \t]+(?=[A-ZА-ЯЁ«\"(*_])|(?=\n)")
_LIST_MARK = re.compile(r"\s*\d+[.)]")
_CITED = re.compile(r"\[(S?\d+)\]")


@dataclass(frozen=True, slots=True)
class Grounded:
    """A checked answer: its `text`, the passages and the sensors cited (from 1), citations invented, values found
    nowhere, and sentences dropped.
    """

    text: str
    citations: tuple[int, ...]
    sensors: tuple[int, ...]
    invented: tuple[str, ...]
    unverified: tuple[str, ...]
    dropped: tuple[str, ...]


def ground(text: str, passages: Sequence[str], *, question: str = "", sensors: Sequence[str] = ()) -> Grounded:
    """Check `text` against the `passages`, cited as `[1]`, and the statements of `sensors`, `[S1]`, that the model saw.

    Citations become `[1][S2]`; those of what doesn't exist are removed. A sentence whose value with a unit does not
    occur in what it cites gets `UNVERIFIED_MARK`. One that cites nothing may rest on anything cited elsewhere; where
    that has not got its value either, it is dropped, unless the value is the question's own: that is marked, for who
    asks whether 500 bar are allowed must not read it as confirmed.
    """
    texts = {str(n): passage for n, passage in enumerate(passages, 1)}
    texts |= {f"S{n}": statement for n, statement in enumerate(sensors, 1)}
    invented: dict[str, None] = {}

    def keep_real(match: re.Match[str]) -> str:
        labels = _labels(match[1], len(passages), len(sensors))
        invented.update(dict.fromkeys(label for label in labels if label not in texts))
        real = "".join(f"[{label}]" for label in labels if label in texts)
        return f" {real}" if real and match[0][0] in " \t" else real

    text = _CITATION.sub(keep_real, text).strip()
    cited = dict.fromkeys(_CITED.findall(text))
    figures = {label: Figures(texts[label]) for label in cited}
    asked = Figures(question)
    unverified: list[str] = []
    dropped: list[str] = []
    checked: list[str] = []
    position = 0
    for end in [*(match.start() for match in _SENTENCE_END.finditer(text)), len(text)]:
        sentence, position = text[position:end], end
        own = _CITED.findall(sentence)
        loose = [value for value in values(sentence) if not any(figures[n].support(value) for n in own or cited)]
        if not own and not all(map(asked.support, loose)):
            dropped.append(sentence.strip())
            if checked and _LIST_MARK.fullmatch(checked[-1]):
                checked.pop()
            continue
        unverified += (value.written for value in loose)
        checked.append(f"{sentence} {UNVERIFIED_MARK}" if loose else sentence)
    return Grounded(
        "".join(checked).strip(),
        citations=tuple(sorted(int(label) for label in cited if label.isdigit())),
        sensors=tuple(sorted(int(label[1:]) for label in cited if not label.isdigit())),
        invented=tuple(invented),
        unverified=tuple(dict.fromkeys(unverified)),
        dropped=tuple(dropped),
    )


def _labels(group: str, passages: int, sensors: int) -> list[str]:
    """Return the labels in `1, 3-5, S2`; the end of a range that goes too far stands for all that lie beyond."""
    labels: list[str] = []
    for kind, first, last in _SPAN.findall(group):
        mark, count = ("S", sensors) if kind else ("", passages)
        numbers = list(range(int(first), min(int(last), count) + 1)) if last else [int(first)]
        if last and int(last) > count:
            numbers.append(int(last))
        labels += [f"{mark}{number}" for number in numbers]
    return labels
