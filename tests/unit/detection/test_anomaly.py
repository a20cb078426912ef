"""The machine's own baseline: what it learns, what it tolerates, what it notices, and what it says of it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.diagnostics.detection.anomaly import AnomalyDetector
from core.diagnostics.detection.baseline import FEWEST_ROWS, Array, Baseline, TooLittleHistoryError, shrunk
from core.diagnostics.detection.conditions import Condition, Sample
from core.diagnostics.models import Severity

START = datetime(2026, 1, 5, tzinfo=UTC)
STEP = timedelta(seconds=60)
PRESSURE, FLOW, OIL = 11, 12, 13
ROWS = 600


def machine(rows: int, seed: int = 1) -> Array:
    """Return quiet rows: pressure and flow move against each other, the oil wanders."""
    random = np.random.default_rng(seed)
    load = random.normal(size=rows)
    pressure = 180 + 5 * load + random.normal(size=rows)
    flow = 96 - 2 * load + 0.3 * random.normal(size=rows)
    oil = 48 + np.cumsum(random.normal(scale=0.05, size=rows)) + 0.1 * random.normal(size=rows)
    return np.column_stack([pressure, flow, oil])


def watched(history: Array, rows: Array) -> list[Condition]:
    """Learn from `history`, feed `rows`, return what was found."""
    detector = AnomalyDetector(7, Baseline.learn([PRESSURE, FLOW, OIL], history), STEP)
    return list(fed(detector, rows))


def fed(detector: AnomalyDetector, rows: Array) -> Iterable[Condition]:
    for number, row in enumerate(rows):
        for sensor, value in zip((PRESSURE, FLOW, OIL), row, strict=True):
            yield from detector.feed(Sample(sensor, START + number * STEP, float(value)))


def test_a_quiet_machine_is_quiet_though_its_oil_wanders() -> None:
    machines = [machine(3 * ROWS, seed) for seed in range(8)]
    alarms = [len(watched(rows[:ROWS], rows[ROWS:])) for rows in machines]
    assert sum(count > 0 for count in alarms) <= 1, "in 160 hours of eight machines"


def test_a_relation_that_breaks_is_noticed_within_every_single_range() -> None:
    rows = machine(2 * ROWS)
    broken = rows[ROWS:].copy()
    broken[100:300, 1] = 96 + 0.4 * (broken[100:300, 0] - 180)  # the flow now follows the pressure
    broken[100:300, 0] += 4
    [begun, *_] = watched(rows[:ROWS], broken)
    assert begun.severity is Severity.WARNING
    assert timedelta(minutes=100) <= begun.at - START <= timedelta(minutes=140)


def test_what_contributes_most_is_named_and_the_end_is_told() -> None:
    rows = machine(2 * ROWS)
    faulty = rows[ROWS:].copy()
    faulty[100:250, 1] -= 25
    begun, ended = watched(rows[:ROWS], faulty)
    assert begun.contributions[0].sensor_id == FLOW
    assert begun.contributions[0].deviation < -3
    assert sum(part.share for part in begun.contributions) <= 1 + 1e-9
    assert ended.severity is None
    assert timedelta(minutes=250) <= ended.at - START <= timedelta(minutes=320)


def test_the_aftermath_of_a_fault_is_not_another_one() -> None:
    rows = machine(2 * ROWS)
    faulty = rows[ROWS:].copy()
    faulty[100:250, 1] -= 60
    faulty[100:, 2] += np.minimum(np.arange(500) * 0.05, 4)  # the oil got warm, and stays so
    found = watched(rows[:ROWS], faulty)
    assert [condition.severity for condition in found][:2] == [Severity.WARNING, None]
    assert found[1].at - START <= timedelta(minutes=330)


def test_a_sensor_that_is_silent_is_not_an_anomaly() -> None:
    rows = machine(ROWS)
    detector = AnomalyDetector(7, Baseline.learn([PRESSURE, FLOW, OIL], rows), STEP)
    found: list[Condition] = []
    for number in range(120):
        for sensor, value in ((PRESSURE, 180.0), (FLOW, 96.0)):
            found += detector.feed(Sample(sensor, START + number * STEP, value))
    assert found == []


def test_samples_of_other_sensors_and_repeated_ones_change_nothing() -> None:
    rows = machine(ROWS)
    detector = AnomalyDetector(7, Baseline.learn([PRESSURE, FLOW, OIL], rows), STEP)
    samples = [Sample(99, START, 1e9), *(Sample(PRESSURE, START, 180.0) for _ in range(50))]
    assert [found for sample in samples for found in detector.feed(sample)] == []


def test_a_baseline_survives_being_stored() -> None:
    learnt = Baseline.learn([PRESSURE, FLOW, OIL], machine(ROWS))
    back = Baseline.from_json(json.loads(json.dumps(learnt.to_json())))
    assert back.sensors == learnt.sensors
    assert np.array_equal(back.wander, learnt.wander)
    assert back.reference == learnt.reference


def test_a_flat_sensor_does_not_break_learning_nor_alarm_by_its_last_digit() -> None:
    rows = machine(2 * ROWS)
    rows[:, 2] = 48.0
    rows[ROWS:, 2] = 48.001
    assert watched(rows[:ROWS], rows[ROWS:]) == []


def test_too_little_history_is_said() -> None:
    with pytest.raises(TooLittleHistoryError):
        Baseline.learn([PRESSURE, FLOW, OIL], machine(FEWEST_ROWS - 1))


def test_shrinkage_lies_between_the_sample_covariance_and_its_target() -> None:
    rows = np.random.default_rng(3).normal(size=(40, 6)) * np.array([1, 2, 3, 4, 5, 6])
    sample = np.cov(rows.T, bias=True)
    found = shrunk(rows)
    assert np.isclose(np.trace(found), np.trace(sample))
    assert np.linalg.cond(found) < np.linalg.cond(sample)
