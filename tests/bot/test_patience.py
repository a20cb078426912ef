"""While the Bot API is in trouble, whoever waits for a reply gets it later, not never."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.methods import SendMessage

from bot import patience as module
from bot.console import ENGINEER
from bot.holding import Hold
from bot.patience import Patience, patient
from tests.bot.conftest import Stage
from tests.fakes.assistant import model_answer
from tests.fakes.telegram import RecordingSession

HELLO = SendMessage(chat_id=1, text="hello")


@pytest.mark.parametrize("code", [429, 500])
async def test_a_reply_that_was_refused_comes_later(stage: Stage, code: int) -> None:
    stage.console.fail_next("sendMessage", code, times=2)
    assert "/summary" in (await stage.ask("/help"))["text"]


async def test_an_answer_that_was_refused_comes_later(stage: Stage) -> None:
    stage.console.fail_next("sendMessage", 500, times=6)
    stage.assistant.script = [model_answer("Check it [1].")]
    said = await stage.console.say(ENGINEER, "почему?")
    answer = await stage.console.wait_for(ENGINEER, after=said["message_id"], timeout=60)
    assert "Check it" in answer["text"]


async def test_only_what_somebody_waits_for_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0.01)
    lost = TelegramNetworkError(HELLO, "no answer")
    session = RecordingSession(lost, lost, TelegramServerError(HELLO, "fault"), TelegramRetryAfter(HELLO, "wait", 0))
    session.middleware(Patience())
    bot = Bot("1:abcdefghijklmnopqrstuvwxyz", session=session)
    with pytest.raises(TelegramNetworkError):
        await bot(HELLO)
    with patient():
        await bot(HELLO)
    assert len(session.calls) == 5


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_S", 0.0)
    session = RecordingSession(TelegramServerError(HELLO, "fault"))
    session.middleware(Patience())
    with patient(), pytest.raises(TelegramServerError):
        await Bot("1:abcdefghijklmnopqrstuvwxyz", session=session)(HELLO)


async def test_an_update_is_handled_when_all_its_work_has_told_how_it_ended() -> None:
    ends: list[bool] = []

    async def finish(well: bool) -> None:
        ends.append(well)

    hold = Hold(finish)
    handler, work = hold.take(), hold.take()
    await handler.release()
    await handler.release()
    assert ends == []
    with pytest.raises(TelegramServerError):
        async with work.telling():
            raise TelegramServerError(HELLO, "fault")
    assert ends == [False]


async def test_work_that_ends_with_the_process_ends_no_claim() -> None:
    async def finish(_: bool) -> None:
        raise AssertionError

    claim = Hold(finish).take()

    async def work() -> None:
        async with claim.telling():
            await asyncio.sleep(60)

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
