"""An alarm's life in the chat: one message, edited; a sound only for a reason; buttons."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.console import ADMIN, ENGINEER
from core.diagnostics.alerts.models import AlarmMessage
from core.diagnostics.alerts.telling import Rhythm
from core.diagnostics.detection.conditions import AlarmKind, Condition
from core.diagnostics.models import Severity
from tests.bot.conftest import Message, Stage
from tests.integration.alerts.conftest import add_machine


class Machine:
    """A machine of the stage, with an oil that gets hot."""

    def __init__(self, stage: Stage, system_id: int, heat: int) -> None:
        self._stage = stage
        self.system_id = system_id
        self.heat = heat

    async def heats(self, severity: Severity | None, value: float = 71.0) -> None:
        """Let a condition be found, and what is due be told."""
        book, clock = self._stage.container.alerting.book, self._stage.container.clock
        found = Condition(self.system_id, AlarmKind.LIMIT, clock(), severity, self.heat, value, 65.0, "degC")
        await book.apply([found])
        await asyncio.sleep(Rhythm().group_wait.total_seconds())
        await book.tick()


async def add_hot_machine(stage: Stage, code: str = "press-2") -> Machine:
    """Add a machine that can be heated."""
    system_id, _, heat = await add_machine(stage.container.sessions, code)
    return Machine(stage, system_id, heat)


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


def _about(stage: Stage, person: int, word: str) -> list[Message]:
    return [m for m in stage.console.messages(person) if word in m.get("text", "")]


async def test_an_alarm_is_one_message_that_is_edited_to_its_end(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    first = await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    assert "Масло: 71\xa0°C, выше предела 65\xa0°C" in first["text"]
    assert "🟡 Press" in (await stage.console.wait_for(ADMIN, lambda m: "Oil" in m.get("text", "")))["text"]

    await machine.heats(Severity.CRITICAL, 80.0)
    ping = await stage.console.wait_for(ENGINEER, lambda m: "стало хуже" in m.get("text", ""))
    assert ping["reply_to_message"]["message_id"] == first["message_id"]
    worse = await stage.console.wait_until(lambda: _about(stage, ENGINEER, "🔴 Масло: 80\xa0°C"))
    assert [m["message_id"] for m in worse] == [first["message_id"]]

    answer = await stage.press(worse[0], "Беру на себя")
    assert "Тревога ваша" in answer["text"]
    [seen] = await stage.console.wait_until(lambda: _about(stage, ADMIN, "Ivan Petrov has it"))
    assert "🔴 Oil" in seen["text"]
    [own] = await stage.console.wait_until(lambda: _about(stage, ENGINEER, "занимается"))
    assert "Беру" not in str(own["reply_markup"])

    answer = await stage.press(seen, "🔕 1 h", who=ADMIN)
    assert "Quiet until" in answer["text"]
    await stage.console.wait_until(lambda: _about(stage, ENGINEER, "🔕 Без звука до"))
    assert len(_about(stage, ENGINEER, "Масло")) == 1
    await stage.press(seen, "Open report", who=ADMIN)
    await stage.console.wait_for(ADMIN, lambda m: "Report № 1" in m.get("text", ""))


async def test_a_message_that_was_deleted_comes_again_when_it_matters(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    async with stage.container.sessions.begin() as session:
        gone = AlarmMessage.chat_id == ENGINEER
        await session.execute(update(AlarmMessage).where(gone).values(message_id=999_999))
    await machine.heats(Severity.CRITICAL, 80.0)
    await stage.console.wait_for(ENGINEER, lambda m: "🔴 Пресс" in m.get("text", ""))


async def test_the_end_tells_the_duration_and_takes_the_buttons(stage: Stage, machine: Machine) -> None:
    clock = stage.container.clock
    began = clock() - timedelta(minutes=12)
    found = Condition(machine.system_id, AlarmKind.LIMIT, began, Severity.WARNING, machine.heat, 71.0, 65.0, "degC")
    await stage.container.alerting.book.apply([found])
    await stage.container.alerting.book.tick()
    await asyncio.sleep(Rhythm().group_wait.total_seconds())
    await stage.container.alerting.book.tick()
    await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    over = Condition(machine.system_id, AlarmKind.LIMIT, clock() - timedelta(minutes=2), None, machine.heat)
    await stage.container.alerting.book.apply([over])
    await stage.container.alerting.book.tick()
    [ended] = await stage.console.wait_until(lambda: _about(stage, ENGINEER, "✅ Пресс"))
    assert "длилось 10" in ended["text"]
    assert "🔕" not in str(ended["reply_markup"])
