"""Which repair cases a question is about: by what the sensor measures, the cause and the part, in either language."""

from dataclasses import replace

import pytest

from core.diagnostics.models import Quantity
from core.diagnostics.repairs.facts import Case
from core.diagnostics.repairs.memory import Remembered
from core.diagnostics.repairs.models import CaseState
from core.rag.cases import MOST_CASES, fitting

PRESS = {"en": "Press P-200", "ru": "Пресс П-200"}
HOT = Case(
    id=1,
    code="press-2",
    machine=PRESS,
    sensor={"en": "Oil temperature", "ru": "Температура масла"},
    kind="limit",
    above=True,
    cause="Cooler clogged with dust",
    part="Radiator",
    minutes=45,
    state=CaseState.APPROVED,
    author="Ivan",
    by="Olga",
)
WEAK = replace(
    HOT,
    id=2,
    sensor={"en": "Pump pressure", "ru": "Давление насоса"},
    above=False,
    cause="Забит всасывающий фильтр",
    part="",
)
DEAD = replace(WEAK, id=3, kind="silence", above=None, cause="Перебит кабель датчика")
TOLD = [
    Remembered(DEAD, Quantity.PRESSURE, here=True),
    Remembered(WEAK, Quantity.PRESSURE, here=True),
    Remembered(HOT, Quantity.TEMPERATURE, here=True),
]
NAMES = ("press-2", *PRESS.values())


def _ids(question: str, names: tuple[str, ...] = NAMES) -> list[int]:
    return [case.id for case in fitting(question, TOLD, names)]


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("why does the oil of press 2 overheat?", [1]),
        ("почему на прессе греется масло?", [1]),
        ("oil temperature too high, what can it be?", [1]),
        ("падает давление насоса на прессе П-200, в чём дело?", [2]),
        ("pump pressure is low", [2]),
        ("бывало, что забит всасывающий фильтр?", [2]),
        ("has the cooler been clogged before?", [1]),
        ("датчик давления насоса молчит, что было в прошлый раз?", [3, 2]),
    ],
)
def test_a_question_finds_the_cases_that_it_speaks_of(question: str, ids: list[int]) -> None:
    assert _ids(question) == ids


@pytest.mark.parametrize(
    "question",
    [
        "hello, how are you today?",
        "which oil does the press use?",
        "what torque for the bolts of the cooler?",
        "how often do I change the oil of press 2?",
        "the oil is too cold in the morning",
        "почему на прессе слишком высокое давление?",
        "какое давление зарядки у аккумулятора?",
        "why does the slewing gear of the excavator knock?",
        "press 2",
        "",
    ],
)
def test_another_story_finds_none(question: str) -> None:
    assert _ids(question) == []


def test_the_machines_own_cases_come_first_and_few_are_shown() -> None:
    own = Remembered(replace(HOT, id=9), Quantity.TEMPERATURE, here=True)
    others = [
        Remembered(replace(HOT, id=number, code=f"press-{number}"), Quantity.TEMPERATURE, here=False)
        for number in range(20, 30)
    ]
    found = fitting("why is the oil hot?", [*others, own])
    assert [case.id for case in found] == [9, 20, 21]
    assert len(found) == MOST_CASES


def test_of_those_that_tell_the_same_of_a_machine_the_newest_is_shown() -> None:
    told = [
        Remembered(replace(HOT, id=number, cause=cause), Quantity.TEMPERATURE, here=True)
        for number, cause in ((8, "cooler  clogged"), (7, "Fan belt torn"), (6, "Cooler clogged"))
    ]
    assert [case.id for case in fitting("why is the oil hot?", told)] == [8, 7]


def test_without_cases_nothing_is_found() -> None:
    assert fitting("why is the oil hot?", []) == ()
