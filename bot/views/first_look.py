"""What follows a new alarm: how far from usual, and what the documents say, short enough for a picture's caption."""

from collections.abc import Iterator, Sequence

from telegramify_markdown import utf16_len

from bot.formatting import Formatted, escape, render
from bot.i18n import Text
from bot.views import measures
from bot.views.answers import place, shorten
from core.diagnostics.alerts.cards import AlarmLine, Card
from core.diagnostics.alerts.states import rank
from core.diagnostics.baseline import FEWEST_HOURS
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.repairs.memory import Seen
from core.diagnostics.summary import SensorSummary, SystemSummary
from core.rag.answers import ScoredPassage
from core.rag.quotes import quote

CAPTION_LIMIT = 1024
"""Telegram's, in UTF-16 units, after entities are parsed."""
_QUOTE_CHARS = 240
_MOST_SENSORS = 3
_MOST_CAUSES, _CAUSE = 3, 40
_SPACE = "\N{NO-BREAK SPACE}"
_SIGNALS = {AlarmKind.SILENCE, AlarmKind.STUCK}


def question(card: Card, text: Text) -> str:
    """Ask the documents what may be behind the worst alarm, in the reader's language."""
    alarm = worst(card)
    sensor = measures.name(alarm.sensor, text) if alarm.sensor is not None else ""
    if alarm.kind in _SIGNALS:
        return text("look-question-signal", sensor=sensor)
    if alarm.kind == AlarmKind.ANOMALY and alarm.alone and alarm.contributors:
        return text("look-question-signal", sensor=measures.name(alarm.contributors[0], text))
    if alarm.kind == AlarmKind.ANOMALY:
        return text("look-question-anomaly", sensors=", ".join(measures.name(n, text) for n in alarm.contributors[:2]))
    if alarm.kind == AlarmKind.LIMIT and alarm.value is not None and alarm.limit is not None:
        return text(f"look-question-{'high' if alarm.value > alarm.limit else 'low'}", sensor=sensor)
    return text("look-question-changing", sensor=sensor)


def subject(card: Card, text: Text) -> str:
    """Say what the worst alarm is about, in the reader's language: a sensor, the two that stand out, a lost signal."""
    alarm = worst(card)
    if alarm.kind in _SIGNALS or alarm.alone:
        return question(card, text)  # about the sensor itself, not about what it measures
    named = [alarm.sensor] if alarm.sensor is not None else list(alarm.contributors[:2])
    return ", ".join(measures.name(names, text) for names in named) or question(card, text)


def worst(card: Card) -> AlarmLine:
    """Return the alarm that counts most: active ones are in front, the first of equals began it."""
    return max(card.active or card.alarms, key=lambda alarm: rank(alarm.severity))


def caption(summary: SystemSummary, seen: Seen, passages: Sequence[ScoredPassage], asked: str, text: Text) -> Formatted:
    """Word what is usual, what the alarm was before, and the best `passages`, as many as fit.

    Without any, say that the documents say nothing.
    """
    parts = ["  \n".join([f"**{escape(text('look-heading'))}**", *_usual(summary.sensors, text), *_seen(seen, text)])]
    sources = [_source(number, scored, asked, text) for number, scored in enumerate(passages, 1)]
    parts += [escape(text("look-documents")), *sources] if sources else [escape(text("look-nothing"))]
    while utf16_len(render("\n\n".join(parts)).text) > CAPTION_LIMIT and len(parts) > 1:
        parts.pop()
    return render("\n\n".join(parts))


def _usual(sensors: Sequence[SensorSummary], text: Text) -> Iterator[str]:
    for sensor in sensors[:_MOST_SENSORS]:
        baseline, last = sensor.baseline, sensor.status.last
        if baseline is None or baseline.hours < FEWEST_HOURS or last is None:
            continue
        unit = sensor.status.sensor.unit
        words = text(
            "look-usual",
            sensor=measures.name(sensor.status.sensor.names, text),
            usual=measures.measure(baseline.usual, unit, text),
            now=measures.measure(last.value, unit, text),
        )
        yield escape(words)


def _seen(seen: Seen, text: Text) -> Iterator[str]:
    for key, counts in (("look-seen", seen.here), ("look-seen-elsewhere", seen.elsewhere)):
        if counts:
            told = ", ".join(
                f"{count}{_SPACE}×{_SPACE}{shorten(words, _CAUSE)}" for words, count in counts[:_MOST_CAUSES]
            )
            more = ", …" if len(counts) > _MOST_CAUSES else ""
            yield escape(text(key, count=sum(count for _, count in counts), causes=told + more))


def _source(number: int, scored: ScoredPassage, asked: str, text: Text) -> str:
    words = " ".join(quote(scored.passage.text, asked).split())
    if len(words) > _QUOTE_CHARS:
        words = words[:_QUOTE_CHARS].rpartition(" ")[0] + "…"
    return f"{escape(f'[{number}] {place(scored.passage, text)}')}  \n{escape(words)}"
