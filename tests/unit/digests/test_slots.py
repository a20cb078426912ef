"""When digests are due: at the reader's own time, never in their quiet hours, one for all that was missed, no gaps."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.digests.slots import DAILY_AT, DAY, LONGEST, Due, Routine, due, kinds

MOSCOW = ZoneInfo("Europe/Moscow")
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
SHORTEST_DAY = timedelta(hours=23)
"""In New York summer time begins on 8 March 2026."""

times = st.times(timezones=st.none()).map(lambda moment: moment.replace(second=0, microsecond=0))
quiet = st.one_of(
    st.none(),
    st.builds(
        lambda begin, length: QuietHours(begin, (begin + length) % 1440),
        st.integers(0, 1439),
        st.integers(1, 12 * 60),
    ),
)
routines = st.builds(
    Routine,
    zone=st.sampled_from([MOSCOW, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Yakutsk"), ZoneInfo("America/New_York")]),
    since=st.just(START),
    shift_from=st.one_of(st.none(), times),
    shift_to=st.one_of(st.none(), times),
    quiet=quiet,
)


def _live(routine: Routine, moments: list[datetime]) -> list[tuple[datetime, Due]]:
    """Ask at each of `moments` as the worker does; return what was due, and when it was noticed."""
    covered: dict[DigestKind, datetime] = {}
    found = []
    for now in moments:
        for one in due(routine, now, covered):
            covered[one.kind] = now
            found.append((now, one))
    return found


def _every(first: datetime, length: timedelta) -> list[datetime]:
    return [first + EVERY * number for number in range(length // EVERY)]


def test_the_day_is_told_at_eight_of_the_readers_own_clock() -> None:
    [(now, one), *_] = _live(Routine(MOSCOW, START), _every(START, DAY))
    assert (one.kind, one.at) == (DigestKind.DAILY, datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    assert now - one.at < EVERY


def test_before_a_shift_the_time_since_the_last_one_is_told() -> None:
    routine = Routine(MOSCOW, START, time(22), time(6))
    shifts = [one for _, one in _live(routine, _every(START, 3 * DAY)) if one.kind is DigestKind.SHIFT]
    assert [(one.at.hour, (one.at - one.begin)) for one in shifts] == [(19, timedelta(hours=16))] * 3


def test_a_morning_shift_gets_one_digest_not_two() -> None:
    assert kinds(Routine(MOSCOW, START, time(6), time(14))) == [DigestKind.SHIFT]
    assert kinds(Routine(MOSCOW, START, time(6), time(14)), [DigestKind.SHIFT]) == [DigestKind.DAILY]
    assert kinds(Routine(MOSCOW, START, time(22), time(6))) == [DigestKind.DAILY, DigestKind.SHIFT]


def test_after_a_weekend_without_workers_one_digest_looks_back_to_the_last() -> None:
    routine = Routine(MOSCOW, START, time(14), time(22))
    friday, monday = datetime(2026, 3, 6, 15, tzinfo=UTC), datetime(2026, 3, 9, 13, tzinfo=UTC)
    told = _live(routine, [friday, monday, monday + EVERY])
    last = {one.kind: one.begin for now, one in told if now > friday}
    assert last == {DigestKind.DAILY: friday, DigestKind.SHIFT: friday}
    assert len(told) == 4


def test_who_just_came_is_told_from_the_next_time_on() -> None:
    came = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert list(due(Routine(MOSCOW, came), came + timedelta(hours=12), {})) == []
    assert len(list(due(Routine(MOSCOW, came), came + DAY, {}))) == 1


@given(routines, st.lists(st.integers(1, 3000), max_size=40))
def test_days_are_covered_without_gaps_and_nobody_is_disturbed(routine: Routine, pauses: list[int]) -> None:
    moments = [START + timedelta(minutes=sum(pauses[: number + 1])) for number in range(len(pauses))]
    told = _live(routine, moments)
    assert not [now for now, _ in told if routine.is_quiet(now)]
    assert all(now - LONGEST - DAY - timedelta(hours=2) <= one.begin <= one.at <= now for now, one in told)
    for kind in DigestKind:
        own = [(now, one) for now, one in told if one.kind is kind]
        for (earlier, _), (_, later) in pairwise(own):
            assert later.begin >= min(earlier, later.at)
            assert later.at > earlier
            if kind is DigestKind.DAILY:
                assert later.begin == max(earlier, later.at - LONGEST)


@given(routines)
def test_a_worker_that_never_rests_sends_one_a_day_of_each_kind(routine: Routine) -> None:
    told = _live(routine, _every(START, 9 * DAY))
    for kind in kinds(routine):
        own = [one.at for _, one in told if one.kind is kind]
        assert len(own) >= 8
        assert all(later - earlier >= SHORTEST_DAY for earlier, later in pairwise(own))
    assert {one.kind for _, one in told} == set(kinds(routine))


def test_the_daily_digest_waits_for_the_end_of_quiet_hours() -> None:
    routine = Routine(MOSCOW, START, quiet=QuietHours(22 * 60, 9 * 60 + 30))
    assert time(9, 30) > DAILY_AT
    [(now, one)] = _live(routine, _every(START, DAY))
    assert now.astimezone(MOSCOW).time() == time(9, 30)
    assert one.at.astimezone(MOSCOW).time() == time(9, 30)
