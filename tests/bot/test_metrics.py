"""What the bot counts: updates, its requests to Telegram, the outbox, and whether its dependencies answer."""

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNetworkError, TelegramRetryAfter
from aiogram.methods import GetMe, Response, TelegramMethod
from aiogram.types import User

from bot.console import ENGINEER
from bot.metering import RequestMeter
from core.outbox import Notice
from tests.bot.conftest import Stage
from tests.fakes.metrics import sample

METHOD = GetMe()


async def scraped(stage: Stage) -> dict[str, float]:
    """Return what Prometheus gets, by series."""
    settings = stage.container.settings.bot
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{settings.health_host}:{settings.health_port}/metrics")
    lines = [line for line in answer.text.splitlines() if line.startswith("hydrodiag_")]
    return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}


async def test_updates_requests_and_dependencies_are_counted(stage: Stage) -> None:
    before = await scraped(stage)
    await stage.ask("/help")
    after = await scraped(stage)

    def grown(series: str) -> float:
        return after[series] - before.get(series, 0.0)

    assert grown('hydrodiag_updates_total{kind="message"}') == 1
    assert grown('hydrodiag_handler_seconds_count{kind="message"}') <= 1
    assert grown('hydrodiag_telegram_requests_total{outcome="ok"}') >= 1
    for name in ("telegram", "database", "redis"):
        assert after[f'hydrodiag_dependency_up{{dependency="{name}"}}'] == 1
        assert after[f'hydrodiag_dependency_age_seconds{{dependency="{name}"}}'] < 3


async def test_a_message_that_is_not_delivered_shows_its_age(stage: Stage) -> None:
    """Nobody can be told of it any other way: the bot that would tell is what fails."""
    sessions, outbox = stage.container.sessions, stage.container.outbox
    stage.console.fail_next("sendMessage", 500, times=50)
    async with sessions.begin() as session:
        await outbox.enqueue(session, ENGINEER, Notice.ROLE_CHANGED, {"role": "engineer"})
    waiting = await scraped(stage)
    assert waiting["hydrodiag_outbox_waiting"] == 1
    assert 0 < waiting["hydrodiag_outbox_age_seconds"] < 30


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TelegramRetryAfter(METHOD, "Too Many Requests", 3), "limited"),
        (TelegramForbiddenError(METHOD, "bot was blocked"), "forbidden"),
        (TelegramBadRequest(METHOD, "chat not found"), "refused"),
        (TelegramNetworkError(METHOD, "timed out"), "unreachable"),
        (None, "ok"),
    ],
)
async def test_a_request_is_counted_by_its_outcome(error: Exception | None, outcome: str) -> None:
    async def answer(bot: Bot, method: TelegramMethod[User]) -> Response[User]:
        if error is not None:
            raise error
        return Response[User](ok=True, result=User(id=1, is_bot=True, first_name="bot"))

    before = sample("hydrodiag_telegram_requests_total", outcome=outcome)
    bot = Bot("1:" + "a" * 35)
    if error is None:
        await RequestMeter()(answer, bot, METHOD)
    else:
        with pytest.raises(type(error)):
            await RequestMeter()(answer, bot, METHOD)
    assert sample("hydrodiag_telegram_requests_total", outcome=outcome) == before + 1
