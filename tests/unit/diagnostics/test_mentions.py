"""A machine is recognised in a question by rules: as people write it, and never in words that only look alike."""

import pytest

from core.diagnostics import mentions
from core.diagnostics.mentions import mentioned, words_of
from core.diagnostics.models import System
from tests.unit.diagnostics.test_lookup import EXCAVATOR, OTHER_PRESS, PRESS, UNIT

PLANT = [PRESS, EXCAVATOR, UNIT]


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("why is press 2 hot", PRESS), ("PRESS-2: why hot?", PRESS), ("P-200 overheats", PRESS), ("p200 is hot", PRESS),
        ("на прессе П-200 греется масло", PRESS), ("пресс 2 греется", PRESS), ("пресс №2 греется", PRESS),
        ("Р-200 греется", PRESS), ("у экскаватора сползает стрела", EXCAVATOR), ("our excavator drifts", EXCAVATOR),
        ("ЭО-35 медленный", EXCAVATOR), ("на гидростанции шум", UNIT), ("the power unit trips", UNIT),
        ("ГС7 воет", UNIT),
    ],
)  # fmt: skip
def test_a_machine_is_recognised_as_people_write_it(question: str, meant: System) -> None:
    assert mentioned(PLANT, question) == [meant]


@pytest.mark.parametrize(
    "question",
    [
        "press the button", "давление 200 бар", "pressure 2 bar", "press 21 is hot", "power 7 kW",
        "a power unit is what", "экскаваторщик спит",
        "прессуем 2 раза", "why does the pump whine", "насосная станция шумит", "35", "",
    ],
)  # fmt: skip
def test_words_that_look_alike_name_nothing(question: str) -> None:
    assert mentioned(PLANT, question) == []


def test_a_kind_of_which_there_are_two_names_neither() -> None:
    assert mentioned([PRESS, OTHER_PRESS], "почему греется пресс") == []
    assert mentioned([PRESS, OTHER_PRESS], "почему греется пресс 21") == [OTHER_PRESS]


def test_two_machines_in_one_question_are_both_found() -> None:
    assert mentioned(PLANT, "is press-2 like hpu-7?") == [PRESS, UNIT]


def test_a_plant_of_thousands_is_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = [
        System(id=n, code=f"rig-{n}", names={"en": f"Rig {n}", "ru": f"Стенд {n}"}, kind="rig") for n in range(300)
    ]
    read = 0

    def counted(text: str) -> list[str]:
        nonlocal read
        read += 1
        return words_of(text)

    monkeypatch.setattr(mentions, "words_of", counted)
    assert mentioned(plant, "why does the pump whine") == []
    assert read < 10 * len(plant)
