"""Echoes are muted, never two alarms by each other; silences end; a reminder comes when nobody takes an alarm."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.alerts.desk import shift_end
from core.diagnostics.alerts.inhibitions import INHIBITIONS
from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.alerts.suppression import Quiet, Window, quiet_because
from core.diagnostics.alerts.telling import Member, Reason, Rhythm, next_telling
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
labels = st.builds(
    Labels,
    site=st.just("north"),
    machine=st.just("press-2"),
    kind=st.sampled_from(AlarmKind),
    sensor=st.sampled_from(["", "flow", "pressure"]),
    severity=st.sampled_from(Severity),
)


@given(st.lists(labels, min_size=1, max_size=6, unique=True))
def test_whatever_is_active_something_of_it_speaks(active: list[Labels]) -> None:
    assert any(quiet_because(one, NOW, (), active, INHIBITIONS) is None for one in active)


def test_a_silent_machine_explains_its_silent_sensors() -> None:
    whole = Labels("north", "press-2", AlarmKind.SILENCE, "", Severity.WARNING)
    sensor = Labels("north", "press-2", AlarmKind.SILENCE, "flow", Severity.WARNING)
    assert quiet_because(sensor, NOW, (), [whole, sensor], INHIBITIONS) is Quiet.INHIBITED
    assert quiet_because(whole, NOW, (), [whole, sensor], INHIBITIONS) is None


def test_a_silence_is_for_what_it_names_and_ends() -> None:
    alarm = Labels("north", "press-2", AlarmKind.LIMIT, "flow", Severity.WARNING)
    other = Labels("north", "press-2", AlarmKind.LIMIT, "pressure", Severity.WARNING)
    silence = Window(Matcher(sensors=("flow",)), Quiet.SILENCED, NOW, NOW + timedelta(hours=1))
    assert quiet_because(alarm, NOW, [silence], [alarm], ()) is Quiet.SILENCED
    assert quiet_because(other, NOW, [silence], [other], ()) is None
    assert quiet_because(alarm, NOW + timedelta(hours=1), [silence], [alarm], ()) is None


@given(
    st.builds(
        Matcher,
        sites=st.just(("a",)),
        kinds=st.lists(st.sampled_from(AlarmKind)).map(tuple),
        at_least=st.one_of(st.none(), st.sampled_from(Severity)),
    )
)
def test_a_matcher_survives_the_database(matcher: Matcher) -> None:
    assert Matcher.from_json(matcher.as_json()) == matcher


def test_people_are_told_once_and_again_only_for_a_reason() -> None:
    rhythm = Rhythm()
    warned = [Severity.WARNING]
    new = Member(Severity.WARNING, False, None)
    assert next_telling(NOW, None, [new], [], rhythm) == (NOW + rhythm.group_wait, Reason.FIRST)
    known = Member(Severity.WARNING, False, Severity.WARNING)
    assert next_telling(NOW, NOW, [known], warned, rhythm) == (NOW + timedelta(hours=4), Reason.REPEAT)
    assert next_telling(NOW, NOW, [Member(Severity.WARNING, True, Severity.WARNING)], warned, rhythm) is None
    worse = Member(Severity.CRITICAL, False, Severity.WARNING)
    assert next_telling(NOW, NOW, [worse], warned, rhythm) == (NOW, Reason.WORSE)
    assert next_telling(NOW, NOW, [known, new], warned, rhythm) == (NOW + rhythm.group_interval, Reason.JOINED)
    assert next_telling(NOW, NOW, [], [], rhythm) is None


def test_what_explains_an_alarm_that_people_know_is_not_worse_than_it() -> None:
    limit = Member(Severity.WARNING, False, None)
    assert next_telling(NOW, NOW, [limit], [Severity.WARNING], Rhythm()) == (
        NOW + Rhythm().group_interval,
        Reason.JOINED,
    )
    critical = Member(Severity.CRITICAL, False, None)
    assert next_telling(NOW, NOW, [critical], [Severity.WARNING], Rhythm()) == (NOW, Reason.WORSE)


def test_quiet_hours_cross_midnight_in_the_readers_own_zone() -> None:
    night = QuietHours(22 * 60, 6 * 60)
    late = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)  # 23:30 in Moscow
    assert night.until(late, MOSCOW) == datetime(2026, 3, 3, 6, tzinfo=MOSCOW)
    assert night.until(datetime(2026, 3, 3, 2, tzinfo=UTC), MOSCOW) == datetime(2026, 3, 3, 6, tzinfo=MOSCOW)
    assert night.until(datetime(2026, 3, 2, 12, tzinfo=UTC), MOSCOW) is None


def test_a_shift_ends_at_the_next_end_of_the_local_day() -> None:
    ends = (time(6), time(14), time(22))
    assert shift_end(NOW, MOSCOW, ends) == datetime(2026, 3, 2, 14, tzinfo=MOSCOW)
    assert shift_end(NOW + timedelta(hours=12), MOSCOW, ends) == datetime(2026, 3, 3, 6, tzinfo=MOSCOW)
