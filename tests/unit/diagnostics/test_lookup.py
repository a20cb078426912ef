"""A machine is found by whatever a fitter calls it, and never guessed."""

import pytest

from core.diagnostics.lookup import AmbiguousSystemError, UnknownSystemError, find_system
from core.diagnostics.models import System

PRESS = System(id=1, code="press-2", names={"en": "Press P-200", "ru": "Пресс П-200"}, kind="press")
OTHER_PRESS = System(id=2, code="press-21", names={"en": "Press P-300", "ru": "Пресс П-300"}, kind="press")
EXCAVATOR = System(
    id=3, code="excavator-1", names={"en": "Excavator EX-35", "ru": "Экскаватор ЭО-35"}, kind="excavator"
)
UNIT = System(id=4, code="hpu-7", names={"en": "Power unit HPU-7", "ru": "Гидростанция ГС-7"}, kind="power_unit")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("press-2", PRESS), ("PRESS 2", PRESS), ("press2", PRESS), ("p-200", PRESS), ("Пресс П-200", PRESS),
        ("пресс п200", PRESS), ("press-21", OTHER_PRESS), ("exc", EXCAVATOR), ("экскаватора", EXCAVATOR),
        ("excavater", EXCAVATOR), ("ЭО-35", EXCAVATOR), ("гс-7", UNIT), ("гидростанции", UNIT), ("HPU", UNIT),
        ("power unit", UNIT),
    ],
)  # fmt: skip
def test_a_machine_is_found_by_code_name_beginning_or_case_form(said: str, meant: System) -> None:
    assert find_system([PRESS, OTHER_PRESS, EXCAVATOR, UNIT], said) is meant


def test_a_name_that_fits_two_machines_asks_which() -> None:
    with pytest.raises(AmbiguousSystemError) as caught:
        find_system([PRESS, OTHER_PRESS, EXCAVATOR], "пресс")
    assert caught.value.params["machines"] == "press-2, press-21"


@pytest.mark.parametrize("said", ["crane", "🙂", "-", "x" * 5000, "press 9"])
def test_an_unknown_name_lists_the_machines_there_are(said: str) -> None:
    with pytest.raises(UnknownSystemError) as caught:
        find_system([PRESS, EXCAVATOR], said)
    assert caught.value.params["machines"] == "press-2, excavator-1"
    assert len(str(caught.value.params["name"])) <= 60
