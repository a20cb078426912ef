"""Where documents and sensors disagree: a bound in a cited passage, against what the sensor shows now."""

import re
from collections.abc import Iterator
from dataclasses import replace

from core.diagnostics.summary import State
from core.rag.answers import Answer, Passage
from core.rag.evidence import Disagreement, SensorCard, SensorReading
from core.rag.tokens import terms
from core.rag.units import Value, values

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n|\|")
_AT_MOST = re.compile(
    r"(?:not? exceed(?:ing)?|no more than|at most|not above|max(?:imum|\.)?|не (?:должн\w+ )?превыша\w+|не выше"
    r"|не бол(?:ее|ьше)|максимум)\W*(?:of|is|the)?\W*$",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"(?:at least|no less than|not below|not under|min(?:imum|\.)?|не ниже|не мен(?:ее|ьше)|минимум)"
    r"\W*(?:of|is|the)?\W*$",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"\b(?:normal\w*|keep\w*|kept|hold\w*|норм\w*|держ\w+)(?:\W+[^\W\d]+){0,5}\W*$", re.IGNORECASE)
"""Words between are mostly the sensor's name."""
_DESIGNATION = re.compile(r"\b[A-ZА-ЯЁ]{1,4}-\d+\b")
_SYMBOLS = {"degC": "°C"}


def compared(card: SensorCard, answer: Answer) -> SensorCard:
    """Return the card with the bounds in the passages cited that its sensors are beyond, one for each sensor.

    A sentence counts if it has every word of the sensor's name, a bound in the sensor's unit, and no other machine's
    designation. Old readings prove nothing.
    """
    found: dict[int, Disagreement] = {}
    for number in answer.citations:
        passage = answer.passages[number - 1].passage
        for sentence in _SENTENCE.split(passage.text):
            if not _about_another(sentence, passage, card):
                for sensor in card.sensors:
                    stated = _broken_bound(sensor, sentence)
                    if stated and sensor.number not in found:
                        found[sensor.number] = Disagreement(sensor.number, number, stated)
    return replace(card, disagreements=tuple(found.values()))


def _about_another(sentence: str, passage: Passage, card: SensorCard) -> bool:
    named = set(_DESIGNATION.findall(f"{passage.section} {sentence}"))
    own = {word for name in (card.machine.code, *card.machine.names.values()) for word in _DESIGNATION.findall(name)}
    return bool(named) and named.isdisjoint(own)


def _broken_bound(sensor: SensorReading, sentence: str) -> str | None:
    """Return the bound of `sentence`, as written, that the sensor is beyond now."""
    if sensor.value is None or sensor.state in {State.STALE, State.SILENT}:
        return None
    said = set(terms(sentence))
    if not any(said.issuperset(terms(name)) for name in sensor.names.values()):
        return None
    for value, low, high in _bounds(sentence, _SYMBOLS.get(sensor.unit, sensor.unit)):
        if (low is not None and sensor.value < low) or (high is not None and sensor.value > high):
            return value.written
    return None


def _bounds(sentence: str, unit: str) -> Iterator[tuple[Value, float | None, float | None]]:
    """Yield the values in `unit` that the words before them make bounds, with the lower and the upper bound."""
    for value in values(sentence):
        numbers = [min(readings) for readings in value.readings if len(readings) == 1]
        if value.unit != unit or len(numbers) != len(value.readings) or value.written.startswith(("-", "−")):
            continue
        before = sentence[: sentence.index(value.written)]
        if len(numbers) == 2 and _WITHIN.search(before):
            yield value, min(numbers), max(numbers)
        elif len(numbers) == 1 and _AT_MOST.search(before):
            yield value, None, numbers[0]
        elif len(numbers) == 1 and _AT_LEAST.search(before):
            yield value, numbers[0], None
