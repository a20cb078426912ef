"""A digest in the chat: worded in the reader's language, opened from, stopped and started by its buttons."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.console import ADMIN, ENGINEER, STRANGER
from core.diagnostics.digests.models import DigestProfile
from core.diagnostics.models import Severity
from core.outbox import OutboxMessage
from core.users.models import User
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


async def _morning(stage: Stage) -> int:
    """Let everybody have come three days ago, so that their digest is due now."""
    container = stage.container
    async with container.sessions.begin() as session:
        await session.execute(update(User).values(created_at=container.clock() - timedelta(days=3)))
        await session.execute(update(OutboxMessage).values(dedup_key=None))  # of days gone by
        await session.execute(update(DigestProfile).values(covered_to=container.clock() - timedelta(days=3)))
    return await container.digests.send_due()


def _digests(stage: Stage, who: int) -> list[Message]:
    return [m for m in stage.console.messages(who) if str(m.get("text", "")).startswith("🗓")]


async def test_what_stands_is_told_in_each_readers_language_and_opens_with_its_buttons(
    stage: Stage, machine: Machine
) -> None:
    await machine.heats(Severity.WARNING)
    assert await _morning(stage) == 2
    [russian] = await stage.console.wait_until(lambda: _digests(stage, ENGINEER))
    assert "Ещё не в порядке (1)" in russian["text"]
    assert "🟡 Пресс: Масло: 71\xa0°C, выше предела 65\xa0°C (с " in russian["text"]
    [english] = await stage.console.wait_until(lambda: _digests(stage, ADMIN))
    assert "Still wrong (1)" in english["text"]
    await stage.press(english, "🟡 Press", who=ADMIN)
    await stage.console.wait_for(
        ADMIN, lambda m: "I have it" in str(m.get("reply_markup")), after=english["message_id"]
    )


async def test_a_button_stops_them_and_another_starts_them_again(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    await _morning(stage)
    [shown] = await stage.console.wait_until(lambda: _digests(stage, ENGINEER))
    answer = await stage.press(shown, "Не присылать за сутки")
    assert "Тревоги приходят, как раньше" in answer["text"]
    assert await _morning(stage) == 1  # Anna's
    [shown] = await stage.console.wait_until(
        lambda: [m for m in _digests(stage, ENGINEER) if "Снова присылать" in str(m["reply_markup"])]
    )
    assert "🟡 Пресс" in str(shown["reply_markup"])
    await stage.press(shown, "Снова присылать за сутки")
    assert await _morning(stage) == 2


async def test_on_demand_it_tells_the_last_day_and_what_comes_by_itself(stage: Stage, machine: Machine) -> None:
    shown = await stage.ask("/digest", lambda m: m["from"]["is_bot"])
    assert "всё спокойно" in shown["text"]
    assert "\n" not in shown["text"]
    await stage.press(shown, "Не присылать перед сменой")
    again = await stage.ask("/digest", lambda m: m["from"]["is_bot"])
    assert "Снова присылать перед сменой" in str(again["reply_markup"])
    await machine.heats(Severity.WARNING)
    shown = await stage.ask("/digest", lambda m: str(m.get("text", "")).startswith("🗓"), who=ADMIN)
    assert "nobody has it" in shown["text"]


async def test_strangers_see_nothing(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    reply = await stage.ask("/digest", lambda m: m["from"]["is_bot"], who=STRANGER)
    assert "Press" not in reply["text"]
