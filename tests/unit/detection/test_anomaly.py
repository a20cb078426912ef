"""The machine's own baseline: what it learns, what it tolerates, what it notices, and what it says of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.diagnostics.detection.anomaly import AnomalyDetector
from core.diagnostics.detection.baseline import FEWEST_ROWS, Array, Baseline, TooLittleHistoryError, shrunk
from core.diagnostics.detection.conditions import Condition, Sample
from core.diagnostics.detection.modes import Behaviour
from core.diagnostics.models import Severity

START = datetime(2026, 1, 5, tzinfo=UTC)
STEP = timedelta(seconds=60)
PRESSURE, FLOW, OIL = SENSORS = 11, 12, 13
ROWS = 600


def machine(rows: int, seed: int = 1) -> Array:
    """Return quiet rows: pressure and flow move against each other, the oil wanders."""
    random = np.random.default_rng(seed)
    load = random.normal(size=rows)
    pressure = 180 + 5 * load + random.normal(size=rows)
    flow = 96 - 2 * load + 0.3 * random.normal(size=rows)
    oil = 48 + np.cumsum(random.normal(scale=0.05, size=rows)) + 0.1 * random.normal(size=rows)
    return np.column_stack([pressure, flow, oil])


def press(rows: int, seed: int = 1, *, cycle: int = 30, rest: int = 5) -> Array:
    """Return quiet rows of a machine that works at 250 bar and rests for the last minutes of each cycle at 9."""
    quiet = machine(rows, seed)
    resting = np.arange(rows) % cycle >= cycle - rest
    quiet[:, 0] += 70
    quiet[resting, 0] = 9 + (quiet[resting, 0] - 250) / 20
    quiet[resting, 1] = 146 + (quiet[resting, 1] - 96) / 5
    return quiet


def watched(history: Array, rows: Array) -> list[Condition]:
    """Learn from `history`, feed `rows`, return what was found."""
    return list(fed(detector(history), rows))


def detector(history: Array) -> AnomalyDetector:
    """Return one that knows `history`, of sensors that report each minute and are silent after five."""
    behaviour = Behaviour.learn(SENSORS, history)
    return AnomalyDetector(7, behaviour, STEP, dict.fromkeys(SENSORS, STEP), dict.fromkeys(SENSORS, 5 * STEP))


def fed(detector: AnomalyDetector, rows: Array) -> Iterable[Condition]:
    """Feed rows, a minute each; NaN is a reading that did not come."""
    for number, row in enumerate(rows):
        for sensor, value in zip(SENSORS, row, strict=True):
            if np.isfinite(value):
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


def test_a_sensor_that_drifts_alone_is_told_from_a_machine_whose_sensors_move_together() -> None:
    rows = machine(2 * ROWS)
    drifting, worn = rows[ROWS:].copy(), rows[ROWS:].copy()
    drifting[100:, 1] -= np.minimum(np.arange(500) * 0.2, 20)
    [begun] = watched(rows[:ROWS], drifting)
    assert (begun.contributions[0].sensor_id, begun.alone) == (FLOW, True)
    worn[100:, 1] -= np.minimum(np.arange(500) * 0.2, 20)
    worn[140:, 0] -= 60
    begun, spread = watched(rows[:ROWS], worn)
    assert (begun.alone, spread.alone, spread.severity) == (True, False, Severity.WARNING)
    assert {part.sensor_id for part in spread.contributions} >= {FLOW, PRESSURE}


def test_the_aftermath_of_a_fault_is_not_another_one() -> None:
    rows = machine(2 * ROWS)
    faulty = rows[ROWS:].copy()
    faulty[100:250, 1] -= 60
    faulty[100:, 2] += np.minimum(np.arange(500) * 0.05, 4)  # the oil got warm, and stays so
    found = watched(rows[:ROWS], faulty)
    assert [condition.severity for condition in found][:2] == [Severity.WARNING, None]
    assert found[1].at - START <= timedelta(minutes=330)


def test_a_sensor_that_is_silent_is_no_anomaly_and_the_others_are_watched_on() -> None:
    rows = machine(2 * ROWS)
    silent = rows[ROWS:].copy()
    silent[50:, 2] = np.nan
    assert watched(rows[:ROWS], silent) == []
    silent[300:, 1] -= 25
    [begun] = watched(rows[:ROWS], silent)
    assert timedelta(minutes=300) < begun.at - START < timedelta(minutes=330)
    assert begun.contributions[0].sensor_id == FLOW


def test_a_sensor_that_comes_back_elsewhere_is_no_anomaly_by_its_first_readings() -> None:
    rows = machine(2 * ROWS)
    gone = rows[ROWS:].copy()
    gone[50:200, 2] = np.nan
    gone[200:, 2] += 1.0
    assert watched(rows[:ROWS], gone) == []


def test_values_from_before_and_after_a_change_of_load_make_no_row() -> None:
    rows = press(2000)
    lossy = press(300, seed=2)
    lossy[100::15, 1] = np.nan  # among them where the press stops and starts
    assert watched(rows, lossy) == []


def test_a_fault_in_one_mode_of_operation_is_seen_though_another_varies_more() -> None:
    rows = press(2000)
    faulty = press(300, seed=2)
    working = faulty[:, 0] > 100
    faulty[working, 1] -= 12
    [begun, *_] = watched(rows, faulty)
    assert begun.contributions[0].sensor_id == FLOW


def test_an_anomaly_goes_on_while_the_machine_rests_but_not_for_a_night() -> None:
    rows = press(2000)
    faulty = press(200, seed=2)
    faulty[faulty[:, 0] > 100, 1] -= 12
    rest = press(30, seed=3)[25:]
    pause, night = np.tile(rest, (20, 1)), np.tile(rest, (100, 1))
    assert [found.severity for found in watched(rows, np.vstack([faulty, pause]))] == [Severity.WARNING]
    assert [found.severity for found in watched(rows, np.vstack([faulty, night]))] == [Severity.WARNING, None]


def test_a_mode_that_comes_back_is_judged_by_what_it_shows_then() -> None:
    faulty = press(1000, seed=2, cycle=320, rest=20)
    faulty[200:320, 1] -= 60  # mended as a rest ends
    found = watched(press(6000, cycle=320, rest=20), faulty)
    assert [condition.severity for condition in found] == [Severity.WARNING, None]


def test_a_sensor_that_is_known_to_stand_still_says_nothing_of_the_machine_any_more() -> None:
    trusting = detector(machine(ROWS))
    stuck = machine(ROWS, seed=2)
    stuck[:, 1] = 80.0
    assert list(fed(trusting, stuck)) != []
    warned = detector(machine(ROWS))
    warned.distrust(FLOW, True)
    assert list(fed(warned, stuck)) == []


def test_samples_of_other_sensors_and_repeated_ones_change_nothing() -> None:
    watch = detector(machine(ROWS))
    samples = [Sample(99, START, 1e9), *(Sample(PRESSURE, START, 180.0) for _ in range(50))]
    assert [found for sample in samples for found in watch.feed(sample)] == []


def test_what_comes_right_after_an_anomaly_does_not_become_the_level() -> None:
    for seed in range(4):
        rows = machine(3 * ROWS, seed)
        faulty = rows[ROWS:].copy()
        faulty[100:300, 1] -= 25
        faulty[300:530, 1] -= np.linspace(2, 0.6, 230)  # not yet quite as it was
        found = watched(rows[:ROWS], faulty)
        assert [condition.severity for condition in found] == [Severity.WARNING, None]


@pytest.mark.parametrize("code", [np.full(ROWS, 18.0), np.where(np.arange(ROWS) < 40, 19.0, 18.0)])
def test_the_last_digit_of_a_coarse_sensor_is_no_anomaly_and_a_few_of_them_are(code: Array) -> None:
    rows = machine(3 * ROWS)
    history = np.column_stack([rows[:ROWS, :2], code])
    later = rows[ROWS:].copy()
    later[:, 2] = np.where(np.arange(2 * ROWS) % 500 < 250, 18.0, 19.0)
    assert watched(history, later) == []
    later[300:, 2] = 23.0
    assert [condition.severity for condition in watched(history, later)] == [Severity.WARNING]


def test_too_little_history_is_said() -> None:
    with pytest.raises(TooLittleHistoryError):
        Baseline.learn(SENSORS, machine(FEWEST_ROWS - 1))


def test_shrinkage_lies_between_the_sample_covariance_and_its_target() -> None:
    rows = np.random.default_rng(3).normal(size=(40, 6)) * np.array([1, 2, 3, 4, 5, 6])
    sample = np.cov(rows.T, bias=True)
    found = shrunk(rows)
    assert np.isclose(np.trace(found), np.trace(sample))
    assert np.linalg.cond(found) < np.linalg.cond(sample)
