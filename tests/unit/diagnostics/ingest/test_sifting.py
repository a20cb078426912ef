"""Every reading of a block is either accepted or refused, with the reason that helps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.ingest.blocks import Block, Reason
from core.diagnostics.ingest.registry import KnownSensor, Registry
from core.diagnostics.ingest.sifting import Sifted, sift
from core.diagnostics.ingest.times import Scalar, to_microseconds

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
REGISTRY = Registry(
    {"press/pressure": KnownSensor(1, "bar", "pressure"), "press/oil": KnownSensor(2, "degC", "temperature")},
    {"килобар": "kilobar"},
)
Row = tuple[str, Scalar, Scalar, str, Scalar]


def block(*rows: Row) -> Block:
    sensors, times, values, units, qualities = zip(*rows, strict=True)
    return Block(sensors, times, values, units, qualities, [repr(row) for row in rows])


def sifted(*rows: Row) -> Sifted:
    return sift(block(*rows), REGISTRY, NOW)


def reading(value: Scalar = 1.0, unit: str = "", time: Scalar = NOW, quality: Scalar = "") -> Row:
    return ("press/pressure", time, value, unit, quality)


def test_values_arrive_in_the_sensors_unit() -> None:
    columns = sifted(reading("2", "MPa"), ("press/oil", NOW, 212, "°F", 0), reading("0,1", "килобар")).accepted
    assert columns.sensors.tolist() == [1, 2, 1]
    assert columns.values.tolist() == pytest.approx([20.0, 100.0, 100.0])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("press/none", NOW, 1.0, "", ""), Reason.UNKNOWN_SENSOR),
        (("", NOW, 1.0, "", ""), Reason.UNKNOWN_SENSOR),
        (reading(unit="quux"), Reason.UNKNOWN_UNIT),
        (reading(unit="l/min"), Reason.WRONG_UNIT),
        (reading(time="yesterday"), Reason.BAD_TIME),
        (reading(time="2026-03-02T12:00:00"), Reason.BAD_TIME),
        (reading(time=""), Reason.BAD_TIME),
        (reading(time=float("nan")), Reason.BAD_TIME),
        (reading(time=NOW + timedelta(minutes=6)), Reason.FUTURE),
        (reading(time=0), Reason.ANCIENT),
        (reading("on"), Reason.BAD_VALUE),
        (reading(10**400), Reason.BAD_VALUE),
        (reading("NaN"), Reason.NOT_FINITE),
        (reading(float("inf")), Reason.NOT_FINITE),
        (reading(1e308, "MPa"), Reason.NOT_FINITE),
        (reading(-5.0), Reason.IMPOSSIBLE),
        (reading(32767.0), Reason.IMPOSSIBLE),
        (("press/oil", NOW, 850.1, "", ""), Reason.IMPOSSIBLE),
        (reading(quality="fine"), Reason.BAD_QUALITY),
        (reading(quality=3), Reason.BAD_QUALITY),
    ],
)
def test_what_can_not_be_trusted_is_refused_with_its_reason_and_words(row: Row, reason: Reason) -> None:
    result = sifted(reading(), row, reading())
    assert len(result.accepted) == 2
    (refused,) = result.refused
    assert refused.reason is reason
    assert refused.raw == repr(row).encode()
    assert refused.fields is not None
    assert refused.fields.value == str(row[2])


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-02T12:00:00Z",
        "2026-03-02 15:00:00+03:00",
        "20260302T120000Z",
        1772452800,
        "1772452800.0",
        1772452800_000,
        1772452800_000_000,
        1772452800_000_000_000,
        NOW,
    ],
)
def test_times_are_read_in_the_ways_devices_write_them(time: Scalar) -> None:
    assert to_microseconds([time]).tolist() == [1772452800_000_000]


def test_a_time_without_offset_needs_a_zone() -> None:
    local = to_microseconds(["2026-03-02T15:00:00"], ZoneInfo("Europe/Moscow"))
    assert local.tolist() == [1772452800_000_000]


_SCALARS = st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.datetimes(timezones=st.just(UTC)))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["press/pressure", "press/oil", "?"]),
            st.one_of(_SCALARS, st.just(NOW)),
            _SCALARS,
            st.sampled_from(["", "bar", "psi", "K", "**"]),
            st.one_of(_SCALARS, st.just(0)),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_nothing_vanishes_whatever_comes(rows: Sequence[Row]) -> None:
    result = sifted(*rows)
    assert len(result.accepted) + len(result.refused) == len(rows)
    raws = [one.raw.decode() for one in result.refused]
    left = [repr(row) for row in rows]
    for raw in raws:
        left.remove(raw)
    assert len(left) == len(result.accepted)
