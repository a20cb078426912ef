"""/handover in the chat: prepared, a note, off to the next shift; cancelled, refused and tried again."""

import pytest

from bot.console import ADMIN, ENGINEER, STRANGER
from core.diagnostics.models import Severity
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


def _is_draft(message: Message) -> bool:
    return "Ваша смена с" in message.get("text", "")


async def test_a_note_reaches_the_next_shift_with_what_stands(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    draft = await stage.ask("/handover", _is_draft)
    assert "Ещё не в порядке (1)" in draft["text"]
    await stage.ask("x" * 1001, lambda m: "покороче" in m.get("text", ""))  # the alarm may come before it
    told = await stage.ask("Шланг заказан", lambda m: "Смена передана" in m.get("text", ""))
    assert "Сейчас получат: 1" in told["text"]
    given = await stage.console.wait_for(ADMIN, lambda m: "Ivan Petrov hands over" in m.get("text", ""))
    assert "💬 Шланг заказан" in given["text"]
    assert "Still wrong (1)" in given["text"]
    await stage.press(given, "🟡 Press", who=ADMIN)
    await stage.console.wait_for(ADMIN, lambda m: "I have it" in str(m.get("reply_markup")), after=given["message_id"])


async def test_it_goes_without_a_note_once(stage: Stage, machine: Machine) -> None:
    draft = await stage.ask("/handover press", _is_draft)
    await stage.press(draft, "без заметки")
    given = await stage.console.wait_for(ADMIN, lambda m: "hands over" in m.get("text", ""))
    assert "No note." in given["text"]
    assert "уже передано" in (await stage.press(draft, "без заметки"))["text"]
    assert not (await stage.container.handovers.show(OPERATOR)).older


async def test_a_cancelled_handover_leaves_nothing_and_questions_are_questions_again(
    stage: Stage, machine: Machine
) -> None:
    draft = await stage.ask("/handover", _is_draft)
    await stage.press(draft, "Отмена")
    await stage.console.wait_for(ENGINEER, lambda m: "Смена не передана" in m.get("text", ""))
    await stage.console.say(ENGINEER, "почему шумит насос?")
    await stage.console.wait_until(lambda: stage.assistant.asked == ["почему шумит насос?"])
    assert (await stage.press(draft, "Прошлая"))["text"] == "На ваших машинах смену ещё не передавали."


async def test_viewers_read_the_last_one(stage: Stage, machine: Machine) -> None:
    await stage.container.handovers.hand_over(OPERATOR, "The hose is ordered")
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.VIEWER)
    shown = await stage.ask("/handover", lambda m: "The hose is ordered" in m.get("text", ""))
    assert "Смену передаёт operator" in shown["text"]


async def test_strangers_see_nothing(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    reply = await stage.ask("/handover", lambda m: m["from"]["is_bot"], who=STRANGER)
    assert "Press" not in reply["text"]
