"""An alarm's life holds together whatever comes, in whatever order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.alerts.states import (
    AlarmState,
    Change,
    Policy,
    Step,
    acknowledge,
    can_reopen,
    observe,
    pass_time,
    rank,
)
from core.diagnostics.models import Severity

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
POLICY = Policy()
TAKE, WAIT = "take", "wait"
moves = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=900),
        st.one_of(st.none(), st.sampled_from(Severity), st.sampled_from([TAKE, WAIT])),
    ),
    max_size=40,
)


def _live(story: list[tuple[int, object]]) -> list[tuple[AlarmState | None, object, datetime, Step]]:
    """Play a story of (seconds later, what); return each state with what came and what became of it."""
    alarm: AlarmState | None = None
    now, steps = START, []
    for later, what in story:
        now += timedelta(seconds=later)
        before = alarm
        if what == TAKE:
            step = Step(acknowledge(alarm) if alarm is not None else None)
        elif what == WAIT:
            step = pass_time(alarm, now, POLICY) if alarm is not None else Step(None)
        else:
            step = observe(alarm, what if isinstance(what, Severity) else None, now, POLICY)
        alarm = step.alarm
        steps.append((before, what, now, step))
    return steps


@given(moves)
def test_an_alarm_is_active_or_has_an_end_and_its_peak_is_its_worst(story: list[tuple[int, object]]) -> None:
    for *_, step in _live(story):
        if (alarm := step.alarm) is not None:
            assert alarm.active == (alarm.cleared_at is None)
            assert alarm.duration is None or alarm.duration >= timedelta(0)
            assert rank(alarm.peak) >= rank(alarm.severity)
            assert list(alarm.raises) == sorted(alarm.raises)
            assert alarm.active or alarm.normal_since is None


@given(moves)
def test_it_comes_once_and_ends_only_after_it_was_normal_long_enough(story: list[tuple[int, object]]) -> None:
    for before, _, now, step in _live(story):
        if Change.RAISED in step.changes:
            assert before is None or (not before.active and not can_reopen(before, now, POLICY))
        if Change.CLEARED in step.changes:
            assert before is not None
            assert before.normal_since is not None
            assert now - before.normal_since >= POLICY.clear_delay
            assert step.alarm is not None
            assert step.alarm.cleared_at == before.normal_since


@given(moves)
def test_only_what_is_worse_than_ever_takes_an_acknowledgment_back(story: list[tuple[int, object]]) -> None:
    for before, _, _, step in _live(story):
        if before is None or step.alarm is None or Change.RAISED in step.changes:
            continue
        if before.acknowledged and not step.alarm.acknowledged:
            assert rank(step.alarm.severity) > rank(before.peak)
            assert Change.WORSENED in step.changes


@given(moves, st.one_of(st.none(), st.sampled_from(Severity)))
def test_the_same_finding_twice_is_one(story: list[tuple[int, object]], severity: Severity | None) -> None:
    steps = _live(story)
    alarm = steps[-1][3].alarm if steps else None
    at = START + timedelta(days=1)
    once = observe(alarm, severity, at, POLICY)
    assert observe(once.alarm, severity, at, POLICY) == Step(once.alarm)


@given(moves, st.sampled_from(Severity))
def test_what_is_older_than_the_last_finding_changes_nothing(
    story: list[tuple[int, object]], severity: Severity
) -> None:
    for *_, step in _live(story):
        if step.alarm is not None:
            assert observe(step.alarm, severity, step.alarm.seen_at - timedelta(seconds=1), POLICY) == Step(step.alarm)


@given(moves)
def test_time_alone_never_raises_nor_worsens(story: list[tuple[int, object]]) -> None:
    for *_, now, step in _live(story):
        if step.alarm is not None:
            later = pass_time(step.alarm, now + timedelta(days=1), POLICY)
            assert set(later.changes) <= {Change.CLEARED}


def test_an_alarm_that_keeps_coming_back_is_one_flapping_alarm() -> None:
    step = observe(None, Severity.WARNING, START, POLICY)
    changes = list(step.changes)
    for number in range(1, 12):
        at = START + timedelta(minutes=number)
        severity = None if number % 2 else Severity.WARNING
        step = observe(step.alarm, severity, at, POLICY)
        changes += step.changes
    assert changes == [Change.RAISED, Change.FLAPPING]
    assert step.alarm is not None
    quiet = replace(step.alarm, normal_since=START + timedelta(minutes=11))
    assert pass_time(quiet, START + timedelta(minutes=13), POLICY).changes == ()
    assert pass_time(quiet, START + timedelta(minutes=26), POLICY).changes == (Change.CLEARED,)
