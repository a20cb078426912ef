"""The machine's own sensors beside an answer, as Markdown."""

from datetime import timedelta

from bot.formatting import escape
from bot.i18n import Text
from bot.views import measures
from bot.views.systems import MARKS
from core.diagnostics.summary import State
from core.rag.evidence import SensorCard, SensorReading


def card(card: SensorCard, text: Text) -> str:
    """Show the card: a line a sensor, each with the label that citations use."""
    name = measures.name(card.machine.names, text) or card.machine.code
    lines = [f"**{escape(text('evidence-heading', name=name, period=measures.span(card.period, text)))}**"]
    if not card.readable:
        lines.append(escape(text("evidence-unreadable")))
    lines += [_sensor(sensor, text) for sensor in card.sensors]
    if card.well:
        lines.append(f"_{escape(text('evidence-well', count=card.well))}_")
    if card.changed:
        lines.append(f"_{escape(text('evidence-changed'))}_")
    return "  \n".join(lines)


def disagreements(card: SensorCard | None, text: Text) -> list[str]:
    """Say where documents and sensors disagree; a line each, plain text."""
    if card is None:
        return []
    sensors = {sensor.number: sensor for sensor in card.sensors}
    lines = []
    for found in card.disagreements:
        sensor = sensors[found.sensor]
        if sensor.value is not None:
            shown = measures.measure(sensor.value, sensor.unit, text)
            said = {"passage": found.passage, "stated": found.stated, "sensor": found.sensor, "value": shown}
            lines.append(text("evidence-disagreement", **said))
    return lines


def _sensor(sensor: SensorReading, text: Text) -> str:
    label = f"[S{sensor.number}] {MARKS[sensor.state]} {measures.name(sensor.names, text)}:"
    parts = [_now(sensor, text)]
    if sensor.minimum is not None and sensor.mean is not None and sensor.maximum is not None:
        values = (sensor.minimum, sensor.mean, sensor.maximum)
        period = " / ".join(measures.reading(value, sensor.unit, text) for value in values)
        arrow = "" if not sensor.per_day else " ↗" if sensor.per_day > 0 else " ↘"
        parts.append(period + arrow)
    return f"{escape(label)} **{escape(parts[0])}**{escape(''.join(f' · {part}' for part in parts[1:]))}"


def _now(sensor: SensorReading, text: Text) -> str:
    if sensor.value is None:
        return text("sensors-silent")
    value = measures.measure(sensor.value, sensor.unit, text)
    if sensor.state is State.STALE:
        age = measures.span(timedelta(seconds=sensor.age_s or 0), text)
        return f"{text('sensors-stale', age=age)}, {text('sensors-last', value=value)}"
    limit = sensor.limits.reached(sensor.value)
    if limit is None:
        return value
    return f"{value}, {text('sensors-limit', limit=measures.reading(limit, sensor.unit, text))}"
