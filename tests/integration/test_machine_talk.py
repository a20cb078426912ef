"""Machine first: what a question is about, its evidence card, and the history that belongs to it."""

from datetime import timedelta

import pytest

from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.summary import State
from core.users.models import Role
from core.users.rights import Actor
from tests.fixtures.rag import ENGINEER, Library

STRANGER = Actor(id=5, name="Sam", role=Role.PENDING)
WHINE = "why does the pump of press 2 whine?"


@pytest.fixture
async def plant(library: Library) -> Library:
    """The library beside a press whose oil is too hot, and an excavator without sensors."""
    async with library.sessions.begin() as session:
        press = System(code="press-2", names={"en": "Press P-200", "ru": "Пресс П-200"}, kind="press")
        temperature = Sensor(
            code="temperature",
            names={"en": "Oil temperature", "ru": "Температура масла"},
            quantity=Quantity.TEMPERATURE,
            unit="degC",
            warning_high=65.0,
        )
        press.sensors = [temperature]
        excavator = System(
            code="excavator-1", names={"en": "Excavator E-35", "ru": "Экскаватор Э-35"}, kind="excavator"
        )
        session.add_all([press, excavator])
        await session.flush()
        now = library.clock()
        readings = [NewReading(temperature.id, now - timedelta(minutes=n), 71.0) for n in range(5)]
        await write_readings(session, readings)
    return library


async def test_a_machine_that_is_named_becomes_the_subject_until_another_or_a_new_conversation(plant: Library) -> None:
    first = await plant.conversations.topic(ENGINEER, 1, WHINE)
    assert first.machine is not None
    assert (first.machine.code, first.changed) == ("press-2", True)
    follow_up = await plant.conversations.topic(ENGINEER, 1, "and what should I check first?")
    assert follow_up.machine == first.machine
    assert not follow_up.changed
    assert (await plant.conversations.topic(ENGINEER, 2, "what now?")).machine is None
    other = await plant.conversations.topic(ENGINEER, 1, "у экскаватора сползает стрела")
    assert other.machine is not None
    assert other.machine.code == "excavator-1"
    await plant.assistant.new_conversation(ENGINEER, 1)
    assert (await plant.conversations.topic(ENGINEER, 1, "what now?")).machine is None


async def test_two_machines_in_one_question_choose_none(plant: Library) -> None:
    topic = await plant.conversations.topic(ENGINEER, 1, "is press 2 or excavator-1 hotter?")
    assert topic.machine is None
    assert {"press-2", "excavator-1"} <= set(topic.names)


async def test_a_machine_is_chosen_by_name_and_strangers_have_none(plant: Library) -> None:
    assert (await plant.conversations.choose(ENGINEER, 1, "press-2")).code == "press-2"
    assert (await plant.conversations.topic(ENGINEER, 1, "why hot?")).machine is not None
    with pytest.raises(UnknownSystemError):
        await plant.conversations.choose(ENGINEER, 1, "crane")
    assert (await plant.conversations.topic(STRANGER, 1, WHINE)).machine is None


async def test_the_answer_carries_the_machines_card_and_the_model_sees_it_as_data(plant: Library) -> None:
    plant.script.steps = ("Hot, thin oil [1]; the oil is at 71 °C [S1].",)
    answer = await plant.ask(WHINE)
    assert answer.sensors is not None
    [sensor] = answer.sensors.sensors
    assert (sensor.value, sensor.state, sensor.limits.warning_high) == (71.0, State.WARNING, 65.0)
    assert "71 °C [S1]" in answer.text
    assert answer.unverified == ()
    request = plant.ollama.requests[-1]["messages"][-1]["content"]
    assert "<sensors>\n[S1] Oil temperature: now 71 °C" in request
    recorded = await plant.assistant.recorded(ENGINEER, answer.query_id or 0)
    assert recorded.sensors == answer.sensors


async def test_a_reading_that_the_model_makes_up_is_marked(plant: Library) -> None:
    plant.script.steps = ("The oil is at 93 °C [S1] [1].",)
    assert (await plant.ask(WHINE)).unverified == ("93 °C",)


async def test_without_a_machine_there_is_no_card(plant: Library) -> None:
    plant.script.steps = ("Cavitation [1].",)
    assert (await plant.ask("why does the pump whine?")).sensors is None


async def test_history_belongs_to_its_machine(plant: Library) -> None:
    plant.script.steps = ("Cavitation [1].",)
    await plant.ask(WHINE)
    await plant.ask("why does the pump of the excavator whine?")
    roles = [message["role"] for message in plant.ollama.requests[-1]["messages"]]
    assert roles == ["system", "user"]
