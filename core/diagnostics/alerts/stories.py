"""Alarms that go on with what people were told of a machine: shown, but no new sound, and nobody else is called.

A fault shows itself bit by bit: a signal changes too fast, then the machine is unusual, then a limit is passed. Only
the first is news, until it gets worse. A sensor that falls silent or stands still is always news.
"""

from collections.abc import Sequence

from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.states import rank
from core.diagnostics.detection.conditions import AlarmKind

_SIGNS = frozenset({AlarmKind.LIMIT, AlarmKind.RATE, AlarmKind.ANOMALY})


def beginning(newcomer: Alarm, told: Sequence[Alarm]) -> Alarm | None:
    """Return the alarm, one that people know of, that `newcomer` goes on with; None where it is news."""
    if newcomer.kind not in _SIGNS:
        return None
    return next((one for one in told if _explains(one, newcomer)), None)


def _explains(one: Alarm, newcomer: Alarm) -> bool:
    """The machine was told to be unusual, or the same sensor was told of, and as badly."""
    if one.told is None or rank(newcomer.severity) > rank(one.told):
        return False
    return one.kind == AlarmKind.ANOMALY or bool(_sensors(one) & _sensors(newcomer))


def _sensors(alarm: Alarm) -> set[int]:
    if alarm.sensor_id is not None:
        return {alarm.sensor_id}
    return {part["sensor_id"] for part in alarm.details.get("contributions", ())}
