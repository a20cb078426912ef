"""Approved repair cases beside answers: found for a question, shown as cases, within scope, never in a prompt."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.i18n import text_for
from bot.views import answers as views
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.repairs.models import CaseState, RepairCase
from core.users.models import Role
from core.users.rights import Actor
from core.users.scope import Scope
from tests.fixtures.rag import ENGINEER, Library

WHINE = "why does the pump of press 2 whine?"
NOWHERE = "у пресса 2 стучит зубчатая передача экструдера XK-9000?"
FAR = replace(ENGINEER, scope=Scope.of(sites=frozenset({"south"})))


@pytest.fixture
async def plant(library: Library) -> Library:
    """The library beside two presses on two sites, with a case on each that shook, one of them approved."""
    async with library.sessions.begin() as session:
        for number, site in ((2, "north"), (3, "south")):
            press = System(code=f"press-{number}", names={"en": f"Press {number}"}, kind="press", site=site)
            press.sensors = [
                Sensor(code="shake", names={"en": "Pump vibration"}, quantity=Quantity.VIBRATION, unit="mm/s")
            ]
            session.add(press)
            await session.flush()
            session.add(
                RepairCase(
                    system_id=press.id,
                    sensor_id=press.sensors[0].id,
                    kind="limit",
                    above=True,
                    cause="Coupling worn out",
                    part="Coupling",
                    minutes=90,
                    state=CaseState.APPROVED if number == 2 else CaseState.PROPOSED,
                    author_name="Ivan Unmistakable",
                    reviewer_name="Olga",
                )
            )
    return library


async def test_an_approved_case_stands_beside_the_answer_and_no_model_reads_it(plant: Library) -> None:
    plant.script.steps = ("Cavitation [1].",)
    answer = await plant.ask(WHINE)
    [case] = answer.cases
    assert (case.code, case.cause) == ("press-2", "Coupling worn out")
    assert "Coupling" not in str(plant.ollama.requests)
    words = views.answer(answer, text_for("en"))
    assert "Case № 1 · Press 2 · Pump vibration too high" in words
    assert "Cause: Coupling worn out. Part: Coupling. Work: 1.5 h" in words.replace("\\", "")
    assert "Unmistakable" not in words
    assert "case:1" in str(views.answer_keyboard(answer, text_for("en")))
    assert (await plant.assistant.recorded(ENGINEER, answer.query_id or 0)).cases == answer.cases


async def test_where_documents_say_nothing_a_case_answers(plant: Library) -> None:
    async with plant.sessions.begin() as session:
        await session.execute(update(RepairCase).values(cause="Износ зубчатой передачи экструдера", part=""))
    answer = await plant.ask(NOWHERE)
    assert answer.refused
    assert [case.id for case in answer.cases] == [1]
    words = views.answer(answer, text_for("ru"))
    assert words.index("Случай № 1") < words.index(text_for("ru")("answers-refusal")[:20])
    assert "case:1" in str(views.answer_keyboard(answer, text_for("ru")))


async def test_who_does_not_see_the_machine_sees_no_case_of_it_not_even_from_the_cache(plant: Library) -> None:
    plant.script.steps = ("Cavitation [1].",)
    question = "why does the pump whine?"
    assert [case.id for case in (await plant.ask(question)).cases] == [1]
    assert (await plant.ask(question, FAR, chat_id=2)).cases == ()
    asked = await plant.ask(question, chat_id=3)
    assert (await plant.assistant.recorded(replace(FAR, id=ENGINEER.id), asked.query_id or 0)).cases == ()
    in_group = ENGINEER.in_group()
    assert (await plant.ask(question, in_group, chat_id=4)).cases == ()


async def test_a_machine_is_told_of_others_of_its_type_in_the_readers_scope(plant: Library) -> None:
    plant.script.steps = ("Cavitation [1].",)
    [case] = (await plant.ask("why does the pump of press 3 whine?")).cases
    assert case.code == "press-2"
    async with plant.sessions.begin() as session:
        await session.execute(update(System).where(System.code == "press-2").values(kind="excavator"))
    assert (await plant.ask("why does the pump of press 3 whine so much?", chat_id=5)).cases == ()


async def test_who_may_not_see_machines_sees_no_cases(plant: Library) -> None:
    machine_less = Actor(9, "S", Role.PENDING)
    assert await plant.cases.find(machine_less, WHINE, None) == ()
