"""Faults of ours reach the user as words and a reference, never as insides."""

from collections.abc import Awaitable, Callable

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import DBAPIError

from bot.console import ENGINEER
from core.errors import UnavailableError
from tests.bot.conftest import Stage
from tests.fakes.assistant import model_answer


async def test_a_fault_in_a_handler_shows_a_reference(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.assistant, "last_question", _raise(RuntimeError("password=hunter2")))
    message = await stage.ask("/retry")
    assert "сообщите администратору номер" in message["text"]
    assert "hunter2" not in message["text"]


class _StartingUpError(Exception):
    sqlstate = "57P03"


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("postgres"),
        RedisConnectionError("valkey"),
        DBAPIError("SELECT 1", None, _StartingUpError()),
        DBAPIError("SELECT 1", None, Exception(), connection_invalidated=True),
    ],
)
async def test_a_part_that_is_away_is_said_to_be_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(stage.assistant, "last_question", _raise(error))
    assert "сейчас недоступна" in (await stage.ask("/retry"))["text"]


async def test_a_fault_behind_a_button_is_an_alert(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.assistant.script = [model_answer("Check [1].")]
    message = await stage.ask("почему?", lambda m: "Check" in m["text"])
    monkeypatch.setattr(stage.assistant, "feedback", _raise(UnavailableError("index is being built")))
    answer = await stage.press(message, "👍")
    assert answer["show_alert"]
    assert "сейчас недоступна" in answer["text"]


async def test_what_a_tap_that_came_too_late_asked_for_is_done_all_the_same(stage: Stage) -> None:
    offer = await stage.ask("/language")
    stage.console.fail_next(
        "answerCallbackQuery", 400, description="Bad Request: query is too old and response timeout"
    )
    data = offer["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await stage.console.press(ENGINEER, offer["message_id"], data)
    await stage.console.wait_for(
        ENGINEER, lambda m: m["message_id"] == offer["message_id"] and m["text"] != offer["text"]
    )
    assert all("сломалось" not in m["text"] for m in stage.console.messages(ENGINEER))


def _raise(error: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*args: object) -> None:
        raise error

    return fail
