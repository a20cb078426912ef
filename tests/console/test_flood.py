"""Telegram's limits on the console: what exceeds them is refused, and told when to come again."""

from itertools import count

import pytest
from aiohttp import ClientSession

from bot.console import ENGINEER, Console
from bot.console.errors import ApiError
from bot.console.flood import ALL_A_SECOND, GROUP_A_MINUTE, FloodControl
from tests.console.conftest import TOKEN, Api


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def _accepted(flood: FloodControl, chats: list[int], method: str = "sendmessage") -> list[bool]:
    outcomes: list[ApiError | None] = []
    for chat_id in chats:
        try:
            flood.admit(method, {"chat_id": str(chat_id)})
        except ApiError as error:
            outcomes.append(error)
        else:
            outcomes.append(None)
    assert all(error.code == 429 and error.retry_after for error in outcomes if error)
    return [error is None for error in outcomes]


def test_a_second_holds_thirty_messages_in_all(clock: _Clock) -> None:
    flood = FloodControl(clock=clock)
    assert _accepted(flood, list(range(1, ALL_A_SECOND + 2))) == [True] * ALL_A_SECOND + [False]
    clock.now = 1.0
    assert _accepted(flood, [1]) == [True]
    assert flood.refused == {"all": 1}


def test_a_chat_gets_one_a_second_but_a_short_burst_passes(clock: _Clock) -> None:
    flood = FloodControl(clock=clock)
    assert _accepted(flood, [1, 1, 1, 1, 2]) == [True, True, True, False, True]
    for second in range(1, 20):
        clock.now = float(second)
        assert _accepted(flood, [1, 1]) == [True, False]
    clock.now = 100.0
    assert _accepted(flood, [1, 1, 1, 1]) == [True, True, True, False]


def test_a_group_gets_twenty_a_minute_edits_counted(clock: _Clock) -> None:
    flood = FloodControl(clock=clock)
    for _ in range(GROUP_A_MINUTE):
        clock.now += 2.0
        assert _accepted(flood, [-1], "editmessagetext") == [True]
    clock.now += 2.0
    assert _accepted(flood, [-1]) == [False]
    assert _accepted(flood, [-1], "sendchataction") == [True]
    clock.now = 62.0
    assert _accepted(flood, [-1]) == [True]


def test_a_scale_makes_time_run_faster(clock: _Clock) -> None:
    flood = FloodControl(scale=10, clock=clock)
    assert _accepted(flood, [1, 1, 1, 1]) == [True, True, True, False]
    clock.now = 0.11
    assert _accepted(flood, [1, 1]) == [True, False]


def test_what_sends_nothing_is_no_message_to_its_chat(clock: _Clock) -> None:
    flood = FloodControl(clock=clock)
    for _ in range(10):
        assert _accepted(flood, [1, -1], "forwardmessage") == [True, True]
        for chat_id in (1, -1):
            flood.refused_otherwise("forwardmessage", {"chat_id": str(chat_id)})
    assert _accepted(flood, [1] * 4) == [True, True, True, False]
    assert _accepted(flood, list(range(2, 10))) == [True] * 7 + [False]


async def test_the_console_answers_as_telegram_does() -> None:
    console = Console(TOKEN, flood=FloodControl(clock=lambda: 0.0))
    await console.start()
    try:
        async with ClientSession() as session:
            api, numbers = Api(console, session), count()
            for _ in range(3):
                await api.result("sendMessage", chat_id=ENGINEER, text=str(next(numbers)))
            answer = await api.call("sendMessage", chat_id=ENGINEER, text="too many")
    finally:
        await console.stop()
    assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 1})
