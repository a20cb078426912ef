"""A trend is called certain when it is, and not when a machine merely repeats its day."""

import numpy as np
import pytest

from core.diagnostics.trend import find_trend

DAYS = np.arange(30, dtype=np.float64)
NOISE = np.random.default_rng(7).normal(size=30)


def test_a_steady_rise_under_noise_is_found_with_its_slope() -> None:
    trend = find_trend(DAYS.tolist(), (5.0 + 0.2 * DAYS + 0.3 * NOISE).tolist())
    assert trend is not None
    assert trend.certain
    assert trend.per_day == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("points", [7, 12, 24, 30])
def test_a_straight_line_is_certain_however_few_its_points(points: int) -> None:
    trend = find_trend(DAYS[:points].tolist(), (50.1 - 1.1 * DAYS[:points]).tolist())
    assert trend is not None
    assert trend.certain


def test_noise_alone_is_no_trend() -> None:
    seen = [find_trend(DAYS.tolist(), np.random.default_rng(i).normal(size=30).tolist()) for i in range(200)]
    assert sum(trend is not None and trend.certain for trend in seen) <= 6


def test_one_wild_value_does_not_move_the_slope() -> None:
    values = 5.0 + 0.2 * DAYS
    values[20] = 500.0
    trend = find_trend(DAYS.tolist(), values.tolist())
    assert trend is not None
    assert trend.per_day == pytest.approx(0.2, abs=0.01)


def test_a_wave_is_no_trend() -> None:
    trend = find_trend(DAYS.tolist(), np.sin(2 * np.pi * DAYS / 10.0).tolist())
    assert trend is not None
    assert not trend.certain


def test_a_constant_has_no_slope_and_few_points_say_nothing() -> None:
    constant = find_trend(DAYS.tolist(), [3.0] * 30)
    assert constant is not None
    assert (constant.per_day, constant.certain) == (0.0, False)
    assert find_trend([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) is None
