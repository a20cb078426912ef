"""/signal: one message of at most 1,000 bytes first, the rest on a tap."""

import asyncio
from dataclasses import replace

from bot.console import ENGINEER
from core.errors import UnavailableError
from core.rag.answers import Answer, AnswerMode, Delta, Refusal
from tests.bot.conftest import Message, Stage
from tests.fakes.assistant import model_answer

LONG = "\n".join(f"{number}. Проверьте всасывающий фильтр насоса и уровень масла [1]." for number in range(1, 60))


def _from_bot(stage: Stage) -> list[Message]:
    return [m for m in stage.console.messages(ENGINEER) if m["from"]["is_bot"]]


async def _poor(stage: Stage) -> None:
    assert "Слабая связь" in (await stage.ask("/signal"))["text"]


async def test_the_answer_is_one_short_message_without_previews_and_the_rest_comes_on_a_tap(stage: Stage) -> None:
    await _poor(stage)
    stage.assistant.script = [*(Delta(line) for line in LONG.splitlines()), model_answer(LONG)]
    message = await stage.ask("почему воет насос?")
    assert message["text"].startswith("1. Проверьте всасывающий фильтр насоса и уровень масла [1].\n2. ")
    assert message["text"].endswith("[1].\n…")
    assert 500 < len(message["text"].encode()) <= 1000
    assert stage.console.calls("sendMessageDraft") == stage.console.calls("editMessageText") == []
    assert len(_from_bot(stage)) == 2
    await stage.press(message, "Ответ целиком")
    whole = await stage.console.wait_for(ENGINEER, lambda m: "59. Проверьте" in m.get("text", ""))
    assert whole["message_id"] == message["message_id"]
    assert "[1] Pump noise › Cavitation" in whole["text"]


async def test_the_mode_is_remembered_until_it_is_switched_back(stage: Stage) -> None:
    await _poor(stage)
    found = await stage.container.users.find(ENGINEER)
    assert found is not None
    assert found.poor_signal
    assert "Связь хорошая" in (await stage.ask("/signal"))["text"]
    stage.assistant.script = [model_answer("Check it [1].")]
    assert "[1] Pump noise" in (await stage.ask("почему?"))["text"]


async def test_values_to_check_and_missing_models_stand_in_front(stage: Stage) -> None:
    await _poor(stage)
    stage.assistant.script = [replace(model_answer(LONG), unverified=("950 bar",), language="ru")]
    assert (await stage.ask("сколько?"))["text"].startswith("⚠️ Нет в процитированных фрагментах")
    stage.assistant.script = [replace(model_answer(LONG), mode=AnswerMode.EXTRACTIVE, language="ru")]
    quoted = await stage.ask("почему?", lambda m: "не подключена" in m["text"])
    assert len(quoted["text"].encode()) <= 1000


async def test_a_refusal_is_short(stage: Stage) -> None:
    await _poor(stage)
    refusal = Refusal(nearest=("Очень длинное название руководства " * 9,) * 3, missing=("флюксометр",))
    stage.assistant.script = [Answer("?", "ru", AnswerMode.REFUSAL, "", refusal=refusal, query_id=1)]
    message = await stage.ask("флюксометр?")
    assert "флюксометр" in message["text"]
    assert len(message["text"].encode()) <= 1000


async def test_what_breaks_off_still_says_why(stage: Stage) -> None:
    await _poor(stage)
    stage.assistant.script = [*(Delta(f"{line}\n") for line in LONG.splitlines()), UnavailableError("ollama is down")]
    message = await stage.ask("почему?")
    assert message["text"].startswith("1. Проверьте")
    assert "сейчас недоступна" in message["text"]
    assert len(message["text"].encode()) <= 1000


async def test_stop_works_without_previews(stage: Stage) -> None:
    await _poor(stage)
    stage.assistant.script = [Delta("Half"), asyncio.Event()]
    await stage.console.say(ENGINEER, "почему?")
    while not stage.assistant.asked:  # nothing shows in the chat that could be waited for
        await asyncio.sleep(0.01)
    assert "Остановлено." in (await stage.ask("/stop"))["text"]
