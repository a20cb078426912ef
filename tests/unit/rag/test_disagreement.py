"""Documents against sensors: only a stated bound, in the sensor's unit, about this machine, against a fresh reading."""

from dataclasses import replace

import pytest

from core.diagnostics.summary import State
from core.rag.disagreement import compared
from tests.fakes.assistant import PASSAGE, model_answer
from tests.unit.views.test_evidence import CARD, HOT

PLAIN = replace(CARD, sensors=(HOT,), disagreements=())


def _stated(text: str, *, reading: float = 71.3, state: State = State.WARNING) -> list[str]:
    card = replace(PLAIN, sensors=(replace(HOT, value=reading, state=state),))
    answer = model_answer("Check [1].")
    answer = replace(answer, passages=(replace(answer.passages[0], passage=replace(PASSAGE, text=text)),))
    return [found.stated for found in compared(card, answer).disagreements]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("The oil temperature must not exceed 65 °C.", "65 °C"),
        ("Keep the oil temperature at 40–55 °C.", "40–55 °C"),
        ("Температура масла не выше 60 °C.", "60 °C"),
        ("Держите температуру масла в пределах 40–55 °C.", "40–55 °C"),
    ],
)
def test_a_bound_that_the_reading_is_beyond_is_named(text: str, stated: str) -> None:
    assert _stated(text) == [stated]


@pytest.mark.parametrize(
    "text",
    [
        "The oil temperature must not exceed 80 °C.",
        "The oil temperature was 65 °C in the test.",
        "Keep the oil temperature at 60–75 °C.",
        "The oil temperature rose by 40–55 °C.",
        "The pump pressure must not exceed 65 bar.",
        "The tank temperature must not exceed 65 °C.",
        "Press P-300: the oil temperature must not exceed 65 °C.",
    ],
)
def test_what_sets_no_bound_for_this_sensor_does_not_disagree(text: str) -> None:
    assert _stated(text) == []


def test_an_old_reading_proves_nothing() -> None:
    assert _stated("The oil temperature must not exceed 65 °C.", state=State.STALE) == []
