"""/quarantine: seen by reason, mapped by a name, deleted after a question; nobody else gets in."""

from bot.console import ADMIN
from core.clock import utc_now
from core.diagnostics.ingest.blocks import Block
from core.diagnostics.models import Sensor, System
from tests.bot.conftest import Stage


async def _send(stage: Stage, sensor: str, *values: str) -> None:
    moments = [utc_now() for _ in values]
    empty = [""] * len(values)
    await stage.container.intake.take("plc", Block([sensor] * len(values), moments, values, empty, empty, values))


async def test_an_unknown_sensor_is_mapped_in_the_chat(stage: Stage) -> None:
    async with stage.container.sessions.begin() as session:
        system = System(code="rig-9", names={"en": "Rig"}, kind="rig")
        session.add(Sensor(system=system, code="pressure", names={"en": "P"}, quantity="pressure", unit="bar"))
    await _send(stage, "DB7.\u202eP", "17", "18", "19")
    listed = await stage.ask("/quarantine", who=ADMIN)
    assert "Unknown sensor: DB7.P, 3 readings" in listed["text"]
    await stage.press(listed, "1", who=ADMIN)
    shown = await stage.console.wait_for(
        ADMIN, lambda m: m["message_id"] == listed["message_id"] and "For example: 17" in m["text"]
    )
    number = shown["text"].split("/quarantine ")[1].split()[0]
    assert "There is no sensor rig-9/flow" in (await stage.ask(f"/quarantine {number} rig-9/flow", who=ADMIN))["text"]
    answer = await stage.ask(f"/quarantine {number} rig-9/pressure", who=ADMIN)
    assert answer["text"] == "Accepted: 3. Still in quarantine: 0."
    assert "The quarantine is empty" in (await stage.ask("/quarantine", who=ADMIN))["text"]


async def test_deleting_is_asked_first_and_asked_again_when_more_has_come(stage: Stage) -> None:
    await _send(stage, "DB8", "1", "2")
    listed = await stage.ask("/quarantine", who=ADMIN)

    async def tap(label: str, until: str) -> None:
        nonlocal listed
        await stage.press(listed, label, who=ADMIN)
        listed = await stage.console.wait_for(
            ADMIN, lambda m: m["message_id"] == listed["message_id"] and until in m["text"]
        )

    await tap("1", "For example")
    await tap("🗑", "Delete for good? Unknown sensor: DB8, 2 readings")
    await _send(stage, "DB8", "3")
    assert "More readings have come" in (await stage.press(listed, "🗑", who=ADMIN))["text"]
    await tap("↩", "3 readings")
    await tap("🗑", "Delete for good? Unknown sensor: DB8, 3 readings")
    assert (await stage.press(listed, "🗑", who=ADMIN))["text"] == "Deleted: 3"


async def test_an_engineer_sees_no_quarantine(stage: Stage) -> None:
    assert "нет на это прав" in (await stage.ask("/quarantine"))["text"]
