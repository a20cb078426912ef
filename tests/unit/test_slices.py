"""Chunks are cut on TimescaleDB's own grid, cover what was asked for, and never overlap what is there."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.timescale.slices import Slice, from_us, missing_slices, to_us

WEEK = 7 * 24 * 3600 * 1_000_000
positions = st.integers(-50, 50)


@st.composite
def disjoint_slices(draw: st.DrawFn) -> list[Slice]:
    """Slices as a database can hold them: none empty, none overlapping, maybe off the grid."""
    edges = sorted(draw(st.sets(positions, max_size=12)))
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=False)]


@given(start=positions, length=st.integers(1, 40), interval=st.integers(1, 13), existing=disjoint_slices())
def test_every_moment_asked_for_is_covered_exactly_once(
    start: int, length: int, interval: int, existing: list[Slice]
) -> None:
    made = missing_slices(start, start + length, interval, existing)
    for moment in range(start, start + length):
        assert sum(low <= moment < high for low, high in [*existing, *made]) == 1
    everywhere = [moment for low, high in [*existing, *made] for moment in range(low, high)]
    assert len(everywhere) == len(set(everywhere))


@given(start=positions, length=st.integers(1, 40), interval=st.integers(1, 13))
def test_without_neighbours_slices_are_whole_and_aligned(start: int, length: int, interval: int) -> None:
    for low, high in missing_slices(start, start + length, interval, []):
        assert low % interval == 0
        assert high - low == interval


@given(start=positions, length=st.integers(1, 40), interval=st.integers(1, 13), existing=disjoint_slices())
def test_a_second_run_finds_nothing_missing(start: int, length: int, interval: int, existing: list[Slice]) -> None:
    made = missing_slices(start, start + length, interval, existing)
    assert missing_slices(start, start + length, interval, [*existing, *made]) == []


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_survive_the_way_to_microseconds_and_back(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


def test_a_week_begins_on_thursday_as_in_1970() -> None:
    monday = to_us(datetime(2026, 3, 2, tzinfo=UTC))
    (low, high), *rest = missing_slices(monday, monday + 1, WEEK, [])
    assert (from_us(low), from_us(high) - from_us(low)) == (datetime(2026, 2, 26, tzinfo=UTC), timedelta(days=7))
    assert rest == []
