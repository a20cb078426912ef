"""Turns follow each other without a gap, also where the clocks change, and at the same time of the day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.alerts.models import Rota
from core.diagnostics.alerts.rota import duty_of, turn_at
from core.diagnostics.alerts.rotas import RotaStartError, TurnLengthError, read_start, read_turn

BERLIN = ZoneInfo("Europe/Berlin")
ANCHOR = datetime(2026, 3, 2, 8, tzinfo=BERLIN)
NOW = ANCHOR.astimezone(UTC) + timedelta(hours=30)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True),
    st.integers(-9000, 9000),
    st.integers(2, 24 * 14),
    st.sampled_from(["Europe/Berlin", "Europe/Moscow", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_turns_follow_each_other_without_a_gap(members: list[int], hours: int, length: int, zone: str) -> None:
    there, now = ZoneInfo(zone), ANCHOR.astimezone(UTC) + timedelta(hours=hours)
    turn = turn_at(members, ANCHOR, timedelta(hours=length), now, there)
    assert turn is not None
    assert turn.begins <= now < turn.ends
    following = turn_at(members, ANCHOR, timedelta(hours=length), turn.ends, there)
    assert following is not None
    assert following.begins == turn.ends
    assert following.user_id == members[(members.index(turn.user_id) + 1) % len(members)]


def test_turns_change_at_the_same_time_of_the_day_in_summer_and_winter() -> None:
    for day in (datetime(2026, 1, 7, tzinfo=UTC), datetime(2026, 7, 8, tzinfo=UTC)):
        turn = turn_at([1, 2], ANCHOR, timedelta(days=7), day, BERLIN)
        assert turn is not None
        assert turn.ends.astimezone(BERLIN).hour == ANCHOR.hour


def _rota(**fields: object) -> Rota:
    return Rota(**{"name": "main", "members": [1, 2, 3], "anchor": ANCHOR, "turn_h": 24, **fields})


def test_a_stand_in_comes_before_the_turn_and_then_it_goes_on() -> None:
    until = NOW + timedelta(hours=2)
    duty = duty_of(_rota(stand_in=9, stand_in_until=until), NOW, BERLIN)
    assert duty is not None
    assert (duty.now.user_id, duty.now.ends) == (9, until)
    assert (duty.regular.user_id, duty.then.user_id) == (2, 2)
    assert (duty.then.begins, duty.then.ends) == (until, duty.regular.ends)
    over = duty_of(_rota(stand_in=9, stand_in_until=until), until, BERLIN)
    assert over is not None
    assert (over.now.user_id, over.then.user_id) == (2, 3)


def test_nobody_is_on_call_by_a_rota_without_members() -> None:
    assert duty_of(_rota(members=[], stand_in=9, stand_in_until=NOW + timedelta(days=1)), NOW, BERLIN) is None


@pytest.mark.parametrize(("words", "hours"), [("36 h", 36), ("3 дня", 72), ("8ч", 8), ("60 days", 1440)])
def test_a_turn_is_read_in_words(words: str, hours: int) -> None:
    assert read_turn(words) == timedelta(hours=hours)


@pytest.mark.parametrize("words", ["", "soon", "30 min", "90 min", "61 days", "0 h", "-1 h", "9" * 50])
def test_a_turn_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(TurnLengthError):
        read_turn(words)


def test_a_start_is_read_in_the_time_zone_of_whoever_writes_it() -> None:
    start = datetime(2026, 3, 9, 7, tzinfo=UTC)
    for words in ("09.03.2026 08:00", "2026-03-09  08:00", " 9.3.2026 8:00 "):
        assert read_start(words, NOW, BERLIN) == start


@pytest.mark.parametrize(
    "words", ["", "tomorrow", "31.02.2026 08:00", "09.03.2026", "01.01.0001 00:00", "1.1.2030 8:00"]
)
def test_a_start_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(RotaStartError):
        read_start(words, NOW, BERLIN)
