"""Which trends are worth a line: certain ones that reach a limit within a month."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.digests.trends import HORIZON_DAYS, approach
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.trend import Trend

PRESS = System(code="press-2", names={"en": "Press"}, kind="press")
OIL = Sensor(
    code="oil",
    names={"en": "Oil"},
    quantity=Quantity.TEMPERATURE,
    unit="degC",
    warning_low=10.0,
    warning_high=60.0,
    critical_high=70.0,
)
SURE = 0.0001


@pytest.mark.parametrize(
    ("value", "per_day", "limit", "days"),
    [(50.0, 1.0, 60.0, 10.0), (62.0, 1.0, 70.0, 8.0), (20.0, -2.0, 10.0, 5.0)],
)
def test_the_nearest_limit_ahead_counts(value: float, per_day: float, limit: float, days: float) -> None:
    near = approach(PRESS, OIL, value, Trend(per_day, SURE))
    assert near is not None
    assert near.limit == limit
    assert near.days == pytest.approx(days)


@pytest.mark.parametrize(
    ("value", "trend"),
    [
        (50.0, Trend(1.0, 0.2)),  # may be chance
        (50.0, Trend(0.1, SURE)),  # a hundred days away
        (50.0, Trend(0.0, SURE)),
        (75.0, Trend(1.0, SURE)),  # beyond every limit: an alarm, not a trend
        (5.0, Trend(-1.0, SURE)),
    ],
)
def test_what_leads_nowhere_is_no_news(value: float, trend: Trend) -> None:
    assert approach(PRESS, OIL, value, trend) is None


@given(st.floats(-100, 200), st.floats(-50, 50))
def test_what_is_told_lies_ahead_and_within_the_horizon(value: float, per_day: float) -> None:
    near = approach(PRESS, OIL, value, Trend(per_day, SURE))
    if near is not None:
        assert 0 < near.days <= HORIZON_DAYS
        assert value + near.per_day * near.days == pytest.approx(near.limit, abs=1e-6)
