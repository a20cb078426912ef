"""States against limits, and the width of buckets."""

from datetime import UTC, datetime, timedelta

import pytest

from core.diagnostics.models import Sensor, System
from core.diagnostics.summary import (
    MOST_BUCKETS,
    LastReading,
    Limits,
    SensorStatus,
    State,
    SystemStatus,
    bucket_for,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def status(value: float | None, age_s: float = 0.0) -> SensorStatus:
    sensor = Sensor(warning_low=10.0, critical_low=5.0, warning_high=90.0, critical_high=95.0, stale_after_s=300.0)
    age = timedelta(seconds=age_s)
    return SensorStatus(sensor, None if value is None else LastReading(NOW - age, value, age))


@pytest.mark.parametrize(
    ("value", "state", "limit"),
    [
        (50.0, State.HEALTHY, None),
        (90.0, State.WARNING, 90.0),
        (95.0, State.CRITICAL, 95.0),
        (10.0, State.WARNING, 10.0),
        (4.0, State.CRITICAL, 5.0),
    ],
)
def test_reaching_a_limit_counts(value: float, state: State, limit: float | None) -> None:
    assert status(value).state is state
    assert status(value).limits.reached(value) == limit


def test_limits_that_are_missing_are_not_watched() -> None:
    assert Limits().state(1e9) is State.HEALTHY
    assert Limits(critical_high=5.0).state(5.0) is State.CRITICAL


def test_an_old_value_proves_nothing_whatever_it_was() -> None:
    assert status(99.0, age_s=301).state is State.STALE
    assert status(99.0, age_s=300).state is State.CRITICAL
    assert status(None).state is State.SILENT


def test_a_machine_is_as_bad_as_its_worst_sensor() -> None:
    def machine(*sensors: SensorStatus) -> State:
        return SystemStatus(System(), sensors).state

    assert machine(status(50.0), status(50.0)) is State.HEALTHY
    assert machine(status(50.0), status(50.0, age_s=999)) is State.STALE
    assert machine(status(91.0), status(50.0, age_s=999)) is State.WARNING
    assert machine(status(91.0), status(99.0)) is State.CRITICAL
    assert machine() is State.SILENT


@pytest.mark.parametrize("minutes", [10, 60, 1440, 7 * 1440, 30 * 1440, 366 * 1440])
def test_a_period_is_cut_into_few_enough_buckets(minutes: int) -> None:
    period = timedelta(minutes=minutes)
    assert period / bucket_for(period) <= MOST_BUCKETS
