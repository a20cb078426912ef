"""Alarms that go on with what people were told of a machine: shown, but no new sound, and nobody else is called.

A fault shows itself bit by bit: a signal changes too fast, then the machine is unusual, then a limit is passed, of
another sensor too. Only the first is news, until it gets worse. A sensor that falls silent or stands still always is.
"""

from collections.abc import Sequence
from datetime import timedelta

from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.states import rank
from core.diagnostics.detection.conditions import AlarmKind

_SIGNS = frozenset({AlarmKind.LIMIT, AlarmKind.RATE, AlarmKind.ANOMALY})
_UNFOLDS = timedelta(hours=1)
"""How long after one sign of a fault others of the machine's are taken for the same fault's."""


def beginning(newcomer: Alarm, told: Sequence[Alarm]) -> Alarm | None:
    """Return the alarm, one that people know of, that `newcomer` goes on with; None where it is news."""
    if newcomer.kind not in _SIGNS:
        return None
    return next((one for one in told if _explains(one, newcomer)), None)


def _explains(one: Alarm, newcomer: Alarm) -> bool:
    """The machine was told to be unusual, or the same sensor was told of, or any just now, and as badly."""
    if one.told is None or rank(newcomer.severity) > rank(one.told):
        return False
    if one.kind == AlarmKind.ANOMALY or _sensors(one) & _sensors(newcomer):
        return True
    return one.kind in _SIGNS and newcomer.raised_at - one.raised_at <= _UNFOLDS


def _sensors(alarm: Alarm) -> set[int]:
    if alarm.sensor_id is not None:
        return {alarm.sensor_id}
    return {part["sensor_id"] for part in alarm.details.get("contributions", ())}
