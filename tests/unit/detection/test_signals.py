"""Detectors of single signals: once when it lasts, once when it ends, nothing in between."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from core.diagnostics.detection.conditions import AlarmKind, Condition, Detector, Sample
from core.diagnostics.detection.holding import Hold, Patience
from core.diagnostics.detection.limits import LimitDetector, Limits
from core.diagnostics.detection.signals import RateDetector, SilenceDetector, StuckDetector
from core.diagnostics.detection.usual import Usual
from core.diagnostics.models import Severity

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def fed(detector: Detector, values: Iterable[float]) -> list[Condition]:
    samples = (Sample(7, START + i * MINUTE, value) for i, value in enumerate(values))
    return [condition for sample in samples for condition in detector.feed(sample)]


def limit_detector() -> LimitDetector:
    return LimitDetector(1, "degC", Limits(warning_high=60.0, critical_high=70.0), Hold(Patience(3), Patience(3)))


def test_a_limit_is_told_after_three_in_a_row_and_its_end_once() -> None:
    told = fed(limit_detector(), [50, 61, 61, 50, 61, 61, 61, 61, 50, 50, 50, 50])
    assert [(c.severity, c.at - START) for c in told] == [(Severity.WARNING, 6 * MINUTE), (None, 10 * MINUTE)]
    assert (told[0].kind, told[0].value, told[0].limit, told[0].unit) == (AlarmKind.LIMIT, 61, 60.0, "degC")


def test_a_value_that_hovers_at_the_limit_does_not_chatter() -> None:
    assert len(fed(limit_detector(), [61, 61, 61] + [59.5] * 50 + [60.5] * 50 + [59.5] * 50)) == 1


def test_a_limit_that_worsens_is_told_again_and_hysteresis_holds_the_worse_one() -> None:
    told = fed(limit_detector(), [61] * 5 + [71] * 3 + [69.5] * 9 + [65] * 3)
    assert [c.severity for c in told] == [Severity.WARNING, Severity.CRITICAL, Severity.WARNING]


def test_a_flutter_between_warning_and_critical_is_a_warning() -> None:
    assert [c.severity for c in fed(limit_detector(), [61, 71, 61])] == [Severity.WARNING]


def test_a_duration_is_waited_for() -> None:
    detector = LimitDetector(1, "bar", Limits(warning_low=5.0), Hold(Patience(1, 10 * MINUTE), Patience(1)))
    assert [c.at - START for c in fed(detector, [4.0] * 20)] == [10 * MINUTE]


def usual(values: Iterable[float]) -> Usual:
    """Return what is learnt of a signal, a reading a minute."""
    history = np.array(list(values), dtype=np.float64)
    learnt = Usual.learn(history, 60.0 * np.arange(len(history), dtype=np.float64))
    assert learnt is not None
    return learnt


def oil() -> Usual:
    """Oil between 40 and 50 degC that takes an hour from one to the other, and never rests."""
    return usual(45 + 5 * np.sin(np.arange(1440) * np.pi / 60))


def test_a_climb_faster_than_ever_and_out_of_the_range_is_a_rate_and_the_way_back_is_none() -> None:
    told = fed(
        RateDetector(1, "degC", oil()), [45.0] * 15 + [45 + 1.5 * i for i in range(15)] + [66.0] * 30 + [45] * 30
    )
    assert [c.severity for c in told] == [Severity.WARNING, None]
    assert told[0].unit == "degC/min"
    assert told[0].value is not None
    assert told[0].limit is not None
    assert told[0].value > told[0].limit > 0.5


def test_a_change_that_was_seen_before_is_no_rate_and_a_jump_within_the_range_is_none() -> None:
    assert fed(RateDetector(1, "degC", oil()), 45 + 6 * np.sin(np.arange(300) * np.pi / 60)) == []
    assert fed(RateDetector(1, "degC", oil()), [41.0] * 20 + [49.0] * 20) == []


def test_a_gap_is_not_a_rate() -> None:
    detector = RateDetector(1, "degC", oil(), hold=Hold(Patience(1), Patience(1)))
    before = Sample(7, START, 20.0)
    after = [Sample(7, START + timedelta(hours=3, minutes=i), 60.0) for i in range(30)]
    assert not [c for s in [before, *after] for c in detector.feed(s)]


def test_a_stuck_signal_is_told_once_and_its_end() -> None:
    told = fed(StuckDetector(1, oil()), [44.0, 44.5] + [44.2] * 60 + [44.4, 44.1])
    assert [(c.severity, c.at - START) for c in told] == [(Severity.WARNING, 32 * MINUTE), (None, 62 * MINUTE)]


def test_a_signal_that_rests_where_it_often_does_is_not_stuck() -> None:
    night = [0.0] * 300
    learnt = usual([*night, *(180 + 5 * np.sin(np.arange(900))), *night])
    assert fed(StuckDetector(1, learnt), [0.0] * 700) == []
    assert [c.severity for c in fed(StuckDetector(1, learnt), [181.0] * 60)] == [Severity.WARNING]


def test_a_coarse_signal_is_not_stuck_by_its_last_digit() -> None:
    assert fed(StuckDetector(1, usual([17.0] * 700 + [18.0] * 700 + [17.0] * 400)), [17.0] * 1400) == []


def test_silence_is_not_rest() -> None:
    detector = StuckDetector(1, oil())
    samples = [Sample(7, START + minutes * MINUTE, 44.2) for minutes in (0, 1, 40, 41)]
    assert [c for sample in samples for c in detector.feed(sample)] == []


def test_what_was_left_out_of_the_history_is_no_rest() -> None:
    values = np.tile([38.8, 39.1, 38.6, 39.4, 38.8], 200)
    seconds = 60.0 * np.arange(len(values), dtype=np.float64)
    seconds[500:] += 20 * 3600.0  # an alarm lasted between two readings of 38.8
    learnt = Usual.learn(values, seconds)
    assert learnt is not None
    assert learnt.patience(38.8) == timedelta(minutes=30)


def test_a_signal_that_never_moved_teaches_nothing() -> None:
    assert Usual.learn(np.full(500, 7.0), np.arange(500, dtype=np.float64)) is None


def test_a_silent_sensor_is_told_and_a_silent_machine_is_told_as_one() -> None:
    detector = SilenceDetector(1, {7: 5 * MINUTE, 8: 5 * MINUTE})
    told = [c for i in range(3) for s in (7, 8) for c in detector.feed(Sample(s, START + i * MINUTE, 1.0))]
    told += [c for i in range(3, 12) for c in detector.feed(Sample(8, START + i * MINUTE, 1.0))]
    assert [(c.sensor_id, c.severity) for c in told] == [(7, Severity.WARNING)]
    told = [c for i in range(12, 40) for c in detector.tick(START + i * MINUTE)]
    assert [(c.sensor_id, c.severity) for c in told] == [(7, None), (None, Severity.WARNING)]
    told = list(detector.feed(Sample(7, START + 40 * MINUTE, 1.0)))
    assert [(c.sensor_id, c.severity) for c in told] == [(None, None), (8, Severity.WARNING)]


def test_a_sensor_whose_reading_comes_with_the_others_is_not_silent() -> None:
    detector = SilenceDetector(1, {7: 5 * MINUTE, 8: 5 * MINUTE})
    minutes = [(minute, sensor) for minute in range(20) for sensor in (7, 8) if sensor == 7 or not 3 <= minute < 8]
    samples = [Sample(sensor, START + minute * MINUTE, 1.0) for minute, sensor in minutes]
    assert [c for sample in samples for c in detector.feed(sample)] == []
