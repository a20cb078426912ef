"""Thumbs under an answer, and why one went down."""

from bot.console import ENGINEER
from core.rag.querylog import FeedbackReason
from tests.bot.conftest import Message, Stage
from tests.fakes.assistant import model_answer


def _labels(message: Message) -> list[list[str]]:
    return [[key["text"] for key in line] for line in message["reply_markup"]["inline_keyboard"]]


async def _answered(stage: Stage) -> Message:
    stage.assistant.script = [model_answer("Check it [1].", query_id=42)]
    return await stage.ask("почему?", lambda m: "Check it" in m.get("text", ""))


async def _shown(stage: Stage, message: Message, words: str) -> list[list[str]]:
    def marked(m: Message) -> bool:
        return m["message_id"] == message["message_id"] and words in str(m.get("reply_markup"))

    return _labels(await stage.console.wait_for(ENGINEER, marked))


async def test_a_thumb_up_is_kept_and_marked(stage: Stage) -> None:
    message = await _answered(stage)
    assert (await stage.press(message, "👍"))["text"] == "Спасибо, учту."
    assert stage.assistant.rated == [(42, 1, None)]
    assert await _shown(stage, message, "👍 ✓") == [["[1]"], ["👍 ✓", "👎"]]
    assert not (await stage.press(message, "👍")).get("show_alert")


async def test_a_thumb_down_asks_why_and_keeps_the_reason(stage: Stage) -> None:
    message = await _answered(stage)
    assert (await stage.press(message, "👎"))["text"] == "Что не так с ответом?"
    [_, thumbs, *reasons] = await _shown(stage, message, "👎 ✓")
    assert thumbs == ["👍", "👎 ✓"]
    assert [label for line in reasons for label in line] == [
        "Неверно",
        "Не про мою машину",
        "Устаревший документ",
        "Слишком длинно",
        "Непонятно",
    ]
    await stage.press(await _current(stage, message), "Устаревший")
    assert await _shown(stage, message, "✓ Устаревший документ") == [["[1]"], ["👍", "👎 ✓ Устаревший документ"]]
    assert stage.assistant.rated == [(42, -1, None), (42, -1, FeedbackReason.OUTDATED)]


async def test_a_thumb_up_takes_the_reasons_away(stage: Stage) -> None:
    message = await _answered(stage)
    await stage.press(message, "👎")
    await _shown(stage, message, "Неверно")
    await stage.press(await _current(stage, message), "👍")
    assert await _shown(stage, message, "👍 ✓") == [["[1]"], ["👍 ✓", "👎"]]


async def _current(stage: Stage, message: Message) -> Message:
    return next(m for m in stage.console.messages(ENGINEER) if m["message_id"] == message["message_id"])
