"""A storm in the chat: one message for a site's machines, edited as they change; a sound only for a reason."""

import asyncio
import re
from datetime import timedelta

import pytest

from bot.console import ENGINEER
from bot.views.storms import MOST_LINES
from core.diagnostics.alerts.telling import Rhythm
from core.diagnostics.detection.conditions import AlarmKind, Condition
from core.diagnostics.models import Severity
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine

MANY = 20
_COUNT = re.compile(r"тревоги на (\d+) машин")


@pytest.fixture
async def machines(stage: Stage) -> list[Machine]:
    return [await add_hot_machine(stage, f"press-{number}") for number in range(MANY)]


async def _heat(stage: Stage, machines: list[Machine], severity: Severity | None, ago: float = 0) -> None:
    """Let all of them be found hot, or not any more, `ago` minutes ago, and be told."""
    book, at = stage.container.alerting.book, stage.container.clock() - timedelta(minutes=ago)
    await book.apply([Condition(m.system_id, AlarmKind.LIMIT, at, severity, m.heat, 71.0, 65.0) for m in machines])
    await asyncio.sleep(Rhythm().group_wait.total_seconds())
    await book.tick()


def _about(stage: Stage, word: str) -> list[Message]:
    return [m for m in stage.console.messages(ENGINEER) if word in m.get("text", "")]


async def _storm(stage: Stage) -> tuple[Message, int]:
    """Wait until all machines are told of: those that a busy test machine was slow with one by one, all others here."""

    def whole() -> list[tuple[Message, int]]:
        told = [(m, int(found[1])) for m in _about(stage, "Площадка") if (found := _COUNT.search(m["text"]))]
        return told if sum(count for _, count in told) + len(_about(stage, "🟡 Пресс\n")) == MANY else []

    [storm] = await stage.console.wait_until(whole)
    return storm


async def test_many_machines_at_once_are_one_message_that_one_tap_takes_on(
    stage: Stage, machines: list[Machine]
) -> None:
    await _heat(stage, machines, Severity.WARNING)
    storm, count = await _storm(stage)
    assert f"и ещё {count - MOST_LINES} " in storm["text"]
    answer = await stage.press(storm, "Беру все на себя")
    assert "Тревога ваша" in answer["text"]
    [taken] = await stage.console.wait_until(lambda: _about(stage, f"уже взяли: {count}"))
    assert taken["message_id"] == storm["message_id"]
    assert "Беру все" not in str(taken.get("reply_markup"))


async def test_what_gets_worse_in_a_storm_is_told_by_itself(stage: Stage, machines: list[Machine]) -> None:
    await _heat(stage, machines, Severity.WARNING)
    await _storm(stage)
    await _heat(stage, machines[-1:], Severity.CRITICAL)
    alone = await stage.console.wait_for(ENGINEER, lambda m: m.get("text", "").startswith("🔴 Пресс\n"))
    assert "Беру на себя" in str(alone["reply_markup"])


async def test_the_end_of_a_storm_is_edited_into_its_message(stage: Stage, machines: list[Machine]) -> None:
    await _heat(stage, machines, Severity.WARNING, ago=12)
    storm, count = await _storm(stage)
    await _heat(stage, machines, None, ago=2)
    [over] = await stage.console.wait_until(lambda: _about(stage, "✅ Площадка north"))
    assert over["message_id"] == storm["message_id"]
    assert f"тревоги на {count} машинах закончились" in over["text"]
