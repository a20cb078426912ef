"""The list of machines: a light for each and what is wrong with it."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.machines import ShowSummary
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from core.diagnostics.models import OperatingStatus
from core.diagnostics.periods import DAY
from core.diagnostics.summary import SensorStatus, State, SystemStatus

MARKS = {
    State.HEALTHY: "✅",
    State.WARNING: "⚠️",
    State.CRITICAL: "🔴",
    State.STALE: "⏸",
    State.SILENT: "⏸",
}
_MOST_FAULTS = 4


def systems_text(systems: Sequence[SystemStatus], text: Text) -> str:
    """Word the list as HTML: each machine, its place, and its sensors that are not well."""
    if not systems:
        return escape(text("sensors-none"))
    return "\n\n".join([f"<b>{escape(text('sensors-title'))}</b>", *(_system(system, text) for system in systems)])


def systems_keyboard(systems: Sequence[SystemStatus], text: Text, period: timedelta = DAY) -> InlineKeyboardMarkup:
    """One button a machine; it opens the machine's summary over `period`."""
    minutes = int(period.total_seconds() // 60)
    return rows(
        *(
            [
                button(
                    f"{MARKS[status.state]} {measures.name(status.system.names, text)}",
                    ShowSummary(system_id=status.system.id, minutes=minutes),
                )
            ]
            for status in systems
        )
    )


def sensor_trouble(status: SensorStatus, text: Text) -> str:
    """Say in plain text what is wrong with a sensor, or how it is: "7.7 l/min, limit 7"."""
    if status.last is None:
        return text("sensors-silent")
    value = measures.measure(status.last.value, status.sensor.unit, text)
    if status.state is State.STALE:
        age = measures.span(status.last.age, text)
        return f"{text('sensors-stale', age=age)}, {text('sensors-last', value=value)}"
    limit = status.limits.reached(status.last.value)
    if limit is None:
        return value
    return f"{value}, {text('sensors-limit', limit=measures.reading(limit, status.sensor.unit, text))}"


def _system(status: SystemStatus, text: Text) -> str:
    system = status.system
    heading = f"{MARKS[status.state]} <b>{escape(measures.name(system.names, text))}</b> · <code>{system.code}</code>"
    lines = [heading]
    if place := measures.name(system.location, text):
        lines.append(escape(place))
    if system.status != OperatingStatus.IN_SERVICE:
        lines.append(escape(text(f"machines-status-{system.status}")))
    troubled = status.in_state(State.CRITICAL, State.WARNING, State.SILENT, State.STALE)
    if not troubled:
        lines.append(escape(text("sensors-all-well", count=len(status.sensors))))
    for sensor in troubled[:_MOST_FAULTS]:
        name = measures.name(sensor.sensor.names, text)
        lines.append(f"{MARKS[sensor.state]} {escape(f'{name}: {sensor_trouble(sensor, text)}')}")
    if len(troubled) > _MOST_FAULTS:
        lines.append(f"… +{len(troubled) - _MOST_FAULTS}")
    return "\n".join(lines)
