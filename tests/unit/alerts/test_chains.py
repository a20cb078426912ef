"""A chain calls after its waits, in its hours, and the first one that fits counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.alerts.audience import QuietHours
from core.diagnostics.alerts.chains import USUAL, Call, Chain, chain_for, read_hours
from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.models import Severity

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 8, tzinfo=UTC)  # two days before the clocks change
minutes = st.integers(0, 24 * 60 - 1)


@given(minutes, minutes, st.integers(0, 600), st.integers(0, 96 * 60))
def test_a_call_comes_after_its_wait_and_in_its_hours(begins: int, ends: int, wait: int, later: int) -> None:
    if begins == ends:
        return
    now = NOW + timedelta(minutes=later)
    chain = Chain(Matcher(), (Call(timedelta(minutes=wait), "oncall"),), QuietHours(begins, ends))
    at = chain.next_at(0, now, BERLIN)
    assert at is not None
    assert at >= now + timedelta(minutes=wait)
    assert at - now <= timedelta(minutes=wait) + timedelta(hours=25)
    local = at.astimezone(BERLIN)
    assert (local.hour * 60 + local.minute - begins) % 1440 < (ends - begins) % 1440 or _clocks_change(local)
    assert chain.next_at(1, now, BERLIN) is None


def _clocks_change(local: datetime) -> bool:
    """Hours that begin at a time which the clocks leave out begin an hour later."""
    return local.date() == datetime(2026, 3, 29, tzinfo=BERLIN).date() and local.hour == 3


@given(minutes, minutes)
def test_hours_are_read_as_they_are_written(begins: int, ends: int) -> None:
    if begins != ends:
        words = f" {begins // 60:02}:{begins % 60:02} – {ends // 60}:{ends % 60:02}"
        assert read_hours(words) == QuietHours(begins, ends)


@pytest.mark.parametrize(("words", "begins", "ends"), [("8-17", 480, 1020), ("22-6", 1320, 360), ("16-24", 960, 0)])
def test_hours_can_be_short(words: str, begins: int, ends: int) -> None:
    assert read_hours(words) == QuietHours(begins, ends)


def test_the_first_chain_that_fits_one_of_the_alarms_counts() -> None:
    mine = Chain(Matcher(machines=("press-2",)), ())
    alarms = [Labels("north", code, "limit", "", Severity.CRITICAL) for code in ("press-1", "press-2")]
    assert chain_for([mine, USUAL], alarms) is mine
    assert chain_for([mine, USUAL], alarms[:1]) is USUAL
    warning = [Labels("north", "press-1", "limit", "", Severity.WARNING)]
    assert chain_for([mine, USUAL], warning) is None
