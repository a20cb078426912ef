"""The first look that follows a new alarm: a picture with what is usual and what documents say, once, in silence."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from bot.console import ADMIN, ENGINEER
from bot.first_look import _worst_sensors
from bot.i18n import text_for
from bot.views.first_look import question, subject
from core.diagnostics.alerts.cards import AlarmLine, Card
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity, System
from core.diagnostics.repairs.models import CaseState, RepairCase
from core.outbox import Notice, OutboxMessage
from tests.bot.conftest import Message, Stage
from tests.bot.test_alarms import Machine, add_hot_machine


@pytest.fixture
async def machine(stage: Stage) -> Machine:
    return await add_hot_machine(stage)


def _looks(stage: Stage) -> list[Message]:
    return [m for m in stage.console.messages(ENGINEER) if "Первый взгляд" in str(m.get("caption") or m.get("text"))]


async def test_a_picture_follows_the_alarm_once(stage: Stage, machine: Machine) -> None:
    await machine.heats(Severity.WARNING)
    alarm = await stage.console.wait_for(ENGINEER, lambda m: "🟡 Пресс" in m.get("text", ""))
    [look] = await stage.console.wait_until(lambda: _looks(stage))
    assert look["photo"]
    assert look["reply_to_message"]["message_id"] == alarm["message_id"]
    assert "В документах об этом ничего нет." in look["caption"]
    await machine.heats(Severity.CRITICAL, 80.0)
    await stage.console.wait_for(ENGINEER, lambda m: "стало хуже" in m.get("text", ""))
    assert len(_looks(stage)) == 1


async def test_over_a_poor_signal_it_is_words_only(stage: Stage, machine: Machine) -> None:
    await stage.ask("/signal")
    await machine.heats(Severity.WARNING)
    [look] = await stage.console.wait_until(lambda: _looks(stage))
    assert "photo" not in look


async def test_one_that_may_have_arrived_is_not_sent_again(stage: Stage, machine: Machine) -> None:
    sessions = stage.container.sessions
    await machine.heats(Severity.WARNING)
    await stage.console.wait_until(lambda: _looks(stage))
    mine = (OutboxMessage.kind == Notice.FIRST_LOOK, OutboxMessage.chat_id == ENGINEER)
    async with sessions.begin() as session:  # as if its sender had died before it could write down the end
        await session.execute(update(OutboxMessage).where(*mine).values(sent_at=None, lease_until=None))
    async with asyncio.timeout(10), sessions() as session:
        while (await session.scalar(select(OutboxMessage.sent_at).where(*mine))) is None:
            await session.rollback()
            await asyncio.sleep(0.05)
    assert len(_looks(stage)) == 1


async def test_in_a_storm_there_is_one_look_a_minute(stage: Stage, machine: Machine) -> None:
    second = await add_hot_machine(stage, "press-3")
    await machine.heats(Severity.WARNING)
    await second.heats(Severity.WARNING)
    await stage.console.wait_until(
        lambda: [m for m in stage.console.messages(ENGINEER) if "🟡 Пресс" in m.get("text", "")][1:]
    )
    await stage.console.wait_until(lambda: _looks(stage))
    async with stage.container.sessions() as session:
        rows = await session.scalars(select(OutboxMessage.dedup_key).where(OutboxMessage.kind == Notice.FIRST_LOOK))
        minutes = {(key or "").rpartition(":")[2] for key in rows}
    assert len(_looks(stage)) <= len(minutes)


async def test_it_says_what_the_alarm_was_before_here_and_on_other_such_machines(
    stage: Stage, machine: Machine
) -> None:
    other = await add_hot_machine(stage, "press-3")
    signs = {"kind": "limit", "above": True, "state": CaseState.APPROVED, "author_name": "Olga"}
    told = [(machine, "Fan belt"), (machine, "Dirty cooler"), (machine, "dirty cooler"), (other, "Pump")]
    async with stage.container.sessions.begin() as session:
        for where, cause in told:
            session.add(RepairCase(system_id=where.system_id, sensor_id=where.heat, cause=cause, **signs))
        session.add(
            RepairCase(
                system_id=machine.system_id, sensor_id=machine.heat, cause="Guess", **signs | {"state": "proposed"}
            )
        )
    await machine.heats(Severity.WARNING)
    [look] = await stage.console.wait_until(lambda: _looks(stage))
    assert "На этой машине уже было, 3 раза: 2\xa0×\xa0dirty cooler, 1\xa0×\xa0Fan belt" in look["caption"]
    assert "На других таких машинах было, 1 раз: 1\xa0×\xa0Pump" in look["caption"]
    assert "Guess" not in look["caption"]
    hers = await stage.console.wait_for(ADMIN, lambda m: "First look" in m.get("caption", ""))
    assert "Seen 3 times on this machine: 2\xa0×\xa0dirty cooler, 1\xa0×\xa0Fan belt" in hers["caption"]


def test_a_machine_with_many_alarms_is_drawn_with_the_worst_six_sensors() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    worst = {n: Severity.CRITICAL if n > 90 else Severity.WARNING for n in range(100)}
    lines = tuple(
        AlarmLine(n, "limit", worst[n], True, False, None, now, None, {}, n, 1.0, 2.0, "bar") for n in range(100)
    )
    card = Card(1, 1, System(code="rig", names={}, kind="rig"), lines)
    assert _worst_sensors(card) == {91, 92, 93, 94, 95, 96}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_documents_are_asked_for_the_sensor_where_only_it_differs_and_for_the_machine_otherwise(language: str) -> None:
    text, now = text_for(language), datetime(2026, 3, 2, tzinfo=UTC)
    names = ({"en": "Flow", "ru": "Подача"}, {"en": "Oil", "ru": "Масло"})

    def asked(alone: bool) -> str:
        anomaly = AlarmLine(
            1,
            AlarmKind.ANOMALY,
            Severity.WARNING,
            True,
            False,
            None,
            now,
            None,
            None,
            None,
            3.0,
            1.0,
            None,
            names,
            alone,
        )
        return question(Card(1, 1, System(code="rig", names={}, kind="rig"), (anomaly,)), text)

    assert asked(alone=True) == text("look-question-signal", sensor=names[0][language])
    assert asked(alone=False) != asked(alone=True)
    assert names[1][language] in asked(alone=False)


@pytest.mark.parametrize(("kind", "about"), [("limit", "Масло"), ("silence", "Нет достоверного сигнала датчика Масло")])
def test_a_lost_signal_is_about_the_sensor_and_not_about_what_it_measures(kind: str, about: str) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    line = AlarmLine(1, kind, Severity.WARNING, True, False, None, now, None, {"ru": "Масло"}, 1, 71.0, 65.0, "degC")
    card = Card(1, 1, System(code="rig", names={}, kind="rig"), (line,))
    assert subject(card, text_for("ru")).startswith(about)
