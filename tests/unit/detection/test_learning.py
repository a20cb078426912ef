"""What a machine's past teaches: as a table, by its modes of operation, and stored."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np

from core.diagnostics.detection.history import History, Reading
from core.diagnostics.detection.learning import Learnt, learn_from
from core.diagnostics.detection.modes import Behaviour, Split

START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAST, SLOW = 1, 2


def readings(days: int) -> list[Reading]:
    """Return a pressure each minute, 9 bar in one hour of six and else 250, and a cleanliness code every five."""
    random = np.random.default_rng(1)
    minutes = range(days * 1440)
    working = [(minute // 60) % 6 != 0 for minute in minutes]
    fast = [(FAST, START + m * MINUTE, (250.0 if working[m] else 9.0) + random.normal()) for m in minutes]
    slow = [(SLOW, START + m * MINUTE, 17.0 + 0.3 * random.normal()) for m in minutes if m % 5 == 0]
    return sorted(fast + slow, key=lambda one: one[1])


def test_a_slow_sensors_value_stands_until_the_next_is_overdue() -> None:
    table = History.of([FAST, SLOW], [one for one in readings(1) if one[0] == FAST or one[1] != START + 600 * MINUTE])
    assert table is not None
    assert (table.step, table.rhythms[SLOW]) == (MINUTE, 5 * MINUTE)
    carried = table.carried()
    assert np.isfinite(carried.values[:, 0]).all()
    assert np.flatnonzero(np.isnan(carried.values[:, 1])).tolist() == [602, 603, 604]
    assert np.isnan(table.values[1, 1])


def test_a_sensor_that_never_reports_keeps_nothing_from_being_learnt() -> None:
    found = learn_from(readings(4), [FAST, SLOW, 3], [], START + timedelta(days=3))
    assert found is not None
    learnt, past = found
    assert learnt.behaviour is not None
    assert learnt.behaviour.sensors == (FAST, SLOW)
    assert len(past.times) == 1440
    assert next(iter(past.samples())).time == START + timedelta(days=3)


def test_modes_of_operation_are_found_and_rows_told_apart() -> None:
    found = learn_from(readings(4), [FAST, SLOW], [], START + timedelta(days=3))
    assert found is not None
    assert found[0].behaviour is not None
    behaviour = found[0].behaviour
    assert len(behaviour.modes) == 2
    assert behaviour.mode(np.array([9.0, 17.0])) != behaviour.mode(np.array([240.0, 17.0]))
    assert behaviour.mode(np.array([np.nan, 17.0])) is None


def test_a_load_that_varies_or_a_coarse_value_makes_no_modes() -> None:
    random = np.random.default_rng(2)
    load, code = random.uniform(50, 250, size=2000), random.choice([17.0, 18.0], size=2000)
    assert Behaviour.learn([1, 2], np.column_stack([load, code])).split == 0


def test_what_was_disturbed_is_not_learnt() -> None:
    faulty = [(s, at, value + 100 if at < START + timedelta(days=2) else value) for s, at, value in readings(4)]
    span = [(START, START + timedelta(days=2))]
    found = learn_from(faulty, [FAST, SLOW], span, START + timedelta(days=3))
    assert found is not None
    assert found[0].behaviour is not None
    assert found[0].usual[FAST].high < 260
    assert learn_from(faulty, [FAST, SLOW], [(START, START + timedelta(days=4))], START + timedelta(days=3)) is not None


def test_what_was_learnt_survives_being_stored() -> None:
    found = learn_from(readings(4), [FAST, SLOW], [], START + timedelta(days=3))
    assert found is not None
    assert found[0].behaviour is not None
    stored = json.loads(json.dumps(found[0].to_json()))
    back = Learnt.from_json(stored)
    assert json.loads(json.dumps(back.to_json())) == stored
    assert back.behaviour is not None
    assert isinstance(back.behaviour.split, Split)
    assert back.behaviour.split == found[0].behaviour.split
    assert (back.step, back.rhythms, back.usual) == (found[0].step, found[0].rhythms, found[0].usual)


def test_a_short_history_teaches_nothing() -> None:
    assert learn_from(readings(1), [FAST, SLOW], [], START + timedelta(hours=20)) is None
    assert learn_from([], [FAST, SLOW], [], START) is None
