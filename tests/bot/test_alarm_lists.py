"""/alerts, /silences and /test_alert in the chat, in both languages, within rights."""

import pytest

from bot.console import ADMIN, ENGINEER, STRANGER
from core.diagnostics.models import Severity
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.scope import Scope
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


async def test_nothing_wrong_is_said_and_the_past_is_a_tap_away(stage: Stage) -> None:
    shown = await stage.ask("/alerts", lambda m: "тревог нет" in m["text"])
    await stage.press(shown, "Прошлые")
    await stage.console.wait_until(lambda: _with(stage, ENGINEER, "тревог не было"))


async def test_what_is_wrong_is_listed_and_opens_with_its_buttons(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    await stage.console.wait_for(ADMIN, lambda m: "🟡 Press" in m.get("text", ""))
    shown = await stage.ask("/alerts", lambda m: "What is wrong now" in m.get("text", ""), who=ADMIN)
    assert "Oil: 71\xa0°C, above the limit of 65\xa0°C" in shown["text"]
    before = len(_with(stage, ADMIN, "🟡 Press"))
    await stage.press(shown, "Press", who=ADMIN)
    opened = await stage.console.wait_until(lambda: _with(stage, ADMIN, "🟡 Press")[before:])
    assert "I have it" in str(opened[-1]["reply_markup"])


async def test_a_silence_is_listed_with_its_author_and_ended_by_a_tap(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    alarm = await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    await stage.press(alarm, "🔕 1 ч")
    shown = await stage.ask("/silences", lambda m: "Без звука" in m["text"] and "Пресс, Масло:" in m["text"])
    assert "Ivan Petrov" in shown["text"]
    answer = await stage.press(shown, "Вернуть звук")
    assert "Звук вернулся" in answer["text"]
    await stage.console.wait_until(lambda: _with(stage, ENGINEER, "Ни одна тревога не заглушена"))


async def test_who_has_other_machines_sees_and_hears_none_of_it(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    south = Scope.of(sites=frozenset({"south"}))
    await stage.container.users.set_role(OPERATOR, ENGINEER, Role.ENGINEER, scope=south)
    await stage.ask("/alerts", lambda m: "тревог нет" in m["text"])
    await stage.ask("/silences", lambda m: "не заглушена" in m["text"])


async def test_a_test_alarm_arrives_on_the_way_of_alarms(stage: Stage) -> None:
    await stage.ask("/test_alert", lambda m: "Это проверка" in m["text"])
    await stage.ask("/test_alert", lambda m: "This is a test alarm" in m["text"], who=ADMIN)


@pytest.mark.parametrize("command", ["/alerts", "/silences", "/test_alert"])
async def test_strangers_see_nothing(stage: Stage, machine: Machine, command: str) -> None:
    await machine.heats(Severity.WARNING)
    reply = await stage.ask(command, who=STRANGER)
    assert "Press" not in reply["text"]
    assert "test alarm" not in reply["text"]


def _with(stage: Stage, who: int, words: str) -> list[Message]:
    return [m for m in stage.console.messages(who) if words in m.get("text", "")]
