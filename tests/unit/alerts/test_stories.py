"""What goes on with what was told is no news; what is worse, about another sensor, or about a sensor itself, is."""

from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.stories import beginning
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity

FLOW, HEAT = 1, 2


def alarm(
    kind: AlarmKind,
    sensor: int | None = None,
    *,
    severity: Severity = Severity.WARNING,
    told: Severity | None = None,
    parts: tuple[int, ...] = (),
) -> Alarm:
    contributions = [{"sensor_id": part} for part in parts]
    return Alarm(kind=kind, sensor_id=sensor, severity=severity, told=told, details={"contributions": contributions})


def test_a_limit_on_an_unusual_machine_is_no_news_until_it_is_worse() -> None:
    unusual = alarm(AlarmKind.ANOMALY, told=Severity.WARNING, parts=(HEAT,))
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [unusual]) is unusual
    assert beginning(alarm(AlarmKind.LIMIT, FLOW, severity=Severity.CRITICAL), [unusual]) is None


def test_an_alarm_goes_on_with_one_of_the_same_sensor_only() -> None:
    fast = alarm(AlarmKind.RATE, FLOW, told=Severity.WARNING)
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [fast]) is fast
    assert beginning(alarm(AlarmKind.ANOMALY, parts=(HEAT, FLOW)), [fast]) is fast
    assert beginning(alarm(AlarmKind.LIMIT, HEAT), [fast]) is None


def test_what_nobody_was_told_explains_nothing() -> None:
    assert beginning(alarm(AlarmKind.LIMIT, FLOW), [alarm(AlarmKind.RATE, FLOW)]) is None


def test_a_sensor_that_is_silent_or_stands_still_is_always_news() -> None:
    unusual = alarm(AlarmKind.ANOMALY, told=Severity.WARNING, parts=(FLOW,))
    assert beginning(alarm(AlarmKind.SILENCE, FLOW), [unusual]) is None
    assert beginning(alarm(AlarmKind.STUCK, FLOW), [unusual]) is None
