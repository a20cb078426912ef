"""/escalation and /test_alert in the chat: chains are changed by buttons and words, and said in both languages."""

from typing import Any

import pytest

from bot.console import ADMIN, ENGINEER
from core.users.models import Role
from core.users.rights import Actor
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine

ANNA = Actor(ADMIN, "Anna Schmidt", Role.ADMIN)


@pytest.fixture(autouse=True)
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


async def _turned(stage: Stage, who: int, *words: str) -> Message:
    """Return the newest message with all the words, as soon as there is one."""
    shown = await stage.console.wait_until(
        lambda: [m for m in stage.console.messages(who) if all(word in m.get("text", "") for word in words)]
    )
    return shown[-1]


async def _press(stage: Stage, words: str, label: str) -> dict[str, Any]:
    """Press the admin's button under the message with the words, as soon as it is there."""

    def fits(m: Message) -> bool:
        return words in m.get("text", "") and label in str(m.get("reply_markup"))

    shown = await stage.console.wait_until(lambda: [m for m in stage.console.messages(ADMIN) if fits(m)])
    return await stage.press(shown[-1], label, who=ADMIN)


async def test_the_default_chain_is_named_and_another_is_written_with_buttons(stage: Stage) -> None:
    shown = await stage.ask("/escalation", lambda m: "Default chain" in m["text"], who=ADMIN)
    assert "1. after 10 min: who is on call" in shown["text"]
    await stage.press(shown, "New chain", who=ADMIN)
    await _press(stage, "2. after 20 min: all admins", "Step 1")
    await _press(stage, "1. after 20 min: all admins", "Add a step")
    await _press(stage, "Whom does", "One person")
    await _press(stage, "Whom does", "Ivan")
    await _press(stage, "How long does it wait", "15 min")
    await _press(stage, "2. after 15 min: Ivan Petrov", "Machines")
    await _press(stage, "2. after 15 min: Ivan Petrov", "Site north")
    await _press(stage, "machines: site north", "Back")
    await _press(stage, "machines: site north", "Hours")
    await _press(stage, "In which hours", "Other")
    await _turned(stage, ADMIN, "From when to when")
    refused = await stage.ask("all day", who=ADMIN)
    assert "08:00-17:00" in refused["text"]
    shown = await stage.ask("07:30-16:00", lambda m: "Calls from 07:30–16:00 only" in m["text"], who=ADMIN)
    await stage.press(shown, "Delete", who=ADMIN)
    await _press(stage, "Delete chain 1", "Yes")
    await _turned(stage, ADMIN, "If nobody takes an alarm", "Default chain")
    assert [card.id for card in (await stage.container.alerting.chains.look(ANNA)).cards] == [None]


async def test_a_stale_button_does_nothing_and_says_so(stage: Stage) -> None:
    desk = stage.container.alerting.chains
    card = await desk.create(ANNA)
    await stage.ask("/escalation", lambda m: "Chain 1" in m["text"], who=ADMIN)
    await _press(stage, "Chain 1", "Chain 1")
    shown = await stage.console.wait_until(
        lambda: [m for m in stage.console.messages(ADMIN) if "Step 1" in str(m.get("reply_markup"))]
    )
    assert card.id is not None
    await desk.remove_call(ANNA, card.id, card.mark, 0)
    answer = await stage.press(shown[-1], "Step 1", who=ADMIN)
    assert "changed in the meantime" in answer["text"]
    assert len((await desk.look(ANNA)).cards[0].chain.calls) == 1


async def test_engineers_do_not_see_chains(stage: Stage) -> None:
    reply = await stage.ask("/escalation")
    assert "нет на это прав" in reply["text"]


async def test_a_test_alarm_says_whom_a_real_one_would_call(stage: Stage) -> None:
    shown = await stage.ask("/test_alert", lambda m: "Если бы сейчас случилась критическая" in m["text"])
    assert "Сразу узнают: Anna Schmidt, Ivan Petrov" in shown["text"]
    assert "дежурный (Anna Schmidt)" in shown["text"]
    await stage.press(shown, "Если предупреждение")
    await _turned(stage, ENGINEER, "больше никого не зовём")
    await add_hot_machine(stage, "press-3")
    shown = await stage.ask("/test_alert", lambda m: "Choose a machine" in m["text"], who=ADMIN)
    await stage.press(shown, "Press", who=ADMIN)
    shown = await _turned(stage, ADMIN, "If Press had a critical alarm now")
    assert "all admins (Anna Schmidt)" in shown["text"]
    shown = await stage.ask("/test_alert press-3", lambda m: "critical alarm now" in m["text"], who=ADMIN)
    await stage.press(shown, "Another machine", who=ADMIN)
    await _turned(stage, ADMIN, "Choose a machine")
