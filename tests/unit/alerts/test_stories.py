"""What goes on with what was told is no news; what is worse, comes much later, or is about a sensor itself, is."""

from datetime import UTC, datetime, timedelta

from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.stories import beginning
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity

FLOW, HEAT = 1, 2
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def alarm(
    kind: AlarmKind,
    sensor: int | None = None,
    *,
    severity: Severity = Severity.WARNING,
    told: Severity | None = None,
    parts: tuple[int, ...] = (),
    at: datetime = NOON,
) -> Alarm:
    details = {"contributions": [{"sensor_id": part} for part in parts]}
    return Alarm(kind=kind, sensor_id=sensor, severity=severity, told=told, details=details, raised_at=at)


def test_a_limit_on_an_unusual_machine_is_no_news_until_it_is_worse() -> None:
    unusual = alarm(AlarmKind.ANOMALY, told=Severity.WARNING, parts=(HEAT,))
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [unusual]) is unusual
    assert beginning(alarm(AlarmKind.LIMIT, FLOW, severity=Severity.CRITICAL), [unusual]) is None


def test_an_alarm_goes_on_with_one_of_the_same_sensor_or_of_the_last_hour() -> None:
    fast = alarm(AlarmKind.RATE, FLOW, told=Severity.WARNING)
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [fast]) is fast
    assert beginning(alarm(AlarmKind.ANOMALY, parts=(HEAT, FLOW)), [fast]) is fast
    soon, later = NOON + timedelta(minutes=13), NOON + timedelta(hours=2)
    assert beginning(alarm(AlarmKind.LIMIT, HEAT, at=soon), [fast]) is fast
    assert beginning(alarm(AlarmKind.LIMIT, HEAT, severity=Severity.CRITICAL, at=soon), [fast]) is None
    assert beginning(alarm(AlarmKind.LIMIT, HEAT, at=later), [fast]) is None
    assert beginning(alarm(AlarmKind.LIMIT, FLOW, at=later), [fast]) is fast


def test_a_sensor_that_is_silent_explains_nothing_of_the_machine() -> None:
    silent = alarm(AlarmKind.SILENCE, HEAT, told=Severity.WARNING)
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [silent]) is None


def test_what_nobody_was_told_explains_nothing() -> None:
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [alarm(AlarmKind.RATE, FLOW)]) is None


def test_a_sensor_that_is_silent_or_stands_still_is_always_news() -> None:
    unusual = alarm(AlarmKind.ANOMALY, told=Severity.WARNING, parts=(FLOW,))
    assert beginning(alarm(AlarmKind.SILENCE, FLOW), [unusual]) is None
    assert beginning(alarm(AlarmKind.STUCK, FLOW), [unusual]) is None
