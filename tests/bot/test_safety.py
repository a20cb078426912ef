"""The safety checklist in front of steps that open a pressurised circuit."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.console import ENGINEER
from core.rag.answers import Delta
from core.rag.models import QueryLogEntry
from core.users.models import AuditEntry
from tests.bot.answered import add_answer, add_document, passage
from tests.bot.conftest import Message, Stage
from tests.fakes.assistant import PASSAGE, model_answer

STEP = "Отсоедините рукав поршневой полости [1]."
POINTS = ("Остановлена", "Грузы", "Аккумуляторы", "ноль", "Масло остыло")


async def _asked(stage: Stage) -> tuple[int, Message]:
    """Ask what is answered with a step that opens the circuit; return the question's id and the bot's message."""
    query_id = await add_answer(stage, PASSAGE, answer=STEP)
    stage.assistant.script = [
        Delta("Отсоедините ", held=True),
        Delta("рукав", held=True),
        replace(model_answer(STEP, query_id=query_id), language="ru"),
    ]
    return query_id, await stage.ask("как снять рукав?", lambda m: "вскрытием" in m.get("text", ""))


def _labels(message: Message) -> list[str]:
    return [key["text"] for line in message["reply_markup"]["inline_keyboard"] for key in line]


async def _ticked(stage: Stage, message: Message, label: str) -> Message:
    await stage.press(message, label)

    def changed(m: Message) -> bool:
        return m["message_id"] == message["message_id"] and m != message

    return await stage.console.wait_for(ENGINEER, changed)


async def _through(stage: Stage, message: Message) -> Message:
    for point in POINTS:
        message = await _ticked(stage, message, point)
    return message


async def test_steps_are_shown_only_once_every_point_is_ticked_and_each_tap_is_on_record(stage: Stage) -> None:
    query_id, message = await _asked(stage)
    assert len([label for label in _labels(message) if label.startswith("☐")]) == 5
    for point in POINTS[:4]:
        message = await _ticked(stage, message, point)
        assert "рукав" not in message["text"]
    message = await _ticked(stage, message, POINTS[4])
    assert message["text"].startswith("✅")
    assert "Отсоедините рукав поршневой полости [1]." in message["text"]
    assert "[1] Pump noise › Cavitation" in message["text"]
    async with stage.container.sessions() as session:
        entry = await session.get_one(QueryLogEntry, query_id)
        actions = [found.action for found in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert entry.isolated_at is not None
    assert actions.count("safety-point") == 5
    assert "circuit-isolated" in actions


async def test_nothing_of_the_steps_shows_while_the_answer_grows(stage: Stage) -> None:
    await _asked(stage)
    shown = [*stage.console.calls("sendMessageDraft"), *stage.console.calls("sendMessage")]
    assert shown
    assert not any("Отсоедините" in str(call) for call in shown)


async def test_a_tick_can_be_taken_back(stage: Stage) -> None:
    _, message = await _asked(stage)
    message = await _ticked(stage, message, "Грузы")
    assert "☑ Грузы опущены, подпёрты" in _labels(message)
    message = await _ticked(stage, message, "Грузы")
    assert "☐ Грузы опущены, подпёрты" in _labels(message)


async def test_soon_after_a_whole_checklist_one_tap_is_enough(stage: Stage) -> None:
    _, first = await _asked(stage)
    await _through(stage, first)
    _, second = await _asked(stage)
    done = await _ticked(stage, second, "Всё ещё изолировано")
    assert "Отсоедините рукав" in done["text"]


async def test_a_checklist_of_long_ago_or_for_another_machine_does_not_count(stage: Stage) -> None:
    points = ["locked", "loads", "accumulators", "zero", "hot"]
    now = stage.container.clock()
    await add_answer(stage, PASSAGE, isolated_at=now - timedelta(hours=2), ticked=points)
    await add_answer(stage, PASSAGE, isolated_at=now, ticked=points, machine="press-9")
    _, message = await _asked(stage)
    assert len(_labels(message)) == 5


async def test_over_a_poor_connection_the_checklist_comes_first_too_and_fits(stage: Stage) -> None:
    await stage.ask("/signal")
    _, message = await _asked(stage)
    assert len(message["text"].encode()) <= 1000
    done = await _through(stage, message)
    assert "Отсоедините рукав" in done["text"]
    assert len(done["text"].encode()) <= 1000
    assert "Ответ целиком" in _labels(done)


async def test_a_source_that_opens_the_circuit_is_readable_under_a_warning(stage: Stage) -> None:
    await add_document(stage)
    await add_answer(stage, passage(1, "Unscrew the relief valve."), passage(2, "Cold oil is thick."))
    opened = await stage.ask("/sources")
    assert "Вскрывать только обезопашенный контур" in opened["text"]
    assert "Unscrew the relief valve." in opened["text"]
    await stage.press(opened, "▶")
    turned = await stage.console.wait_for(ENGINEER, lambda m: "Cold oil" in m.get("text", ""))
    assert "Вскрывать" not in turned["text"]
