"""Updates reach the bot once confirmed, in order, by one consumer: a poll or a webhook."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.console import ADMIN, ENGINEER, Console
from tests.console.conftest import Api


async def polled(console: Console) -> None:
    """Return once the bot has called getUpdates."""
    async with asyncio.timeout(5):
        while not console.calls("getUpdates"):
            await asyncio.sleep(0)


async def test_updates_stay_until_confirmed(api: Api, console: Console) -> None:
    for text in "abc":
        await console.say(ENGINEER, text)
    first = await api.result("getUpdates", limit=2)
    assert [update["message"]["text"] for update in first] == ["a", "b"]
    assert await api.result("getUpdates", limit=2) == first
    rest = await api.result("getUpdates", offset=first[-1]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["c"]
    assert await api.result("getUpdates", offset=rest[-1]["update_id"] + 1) == []
    assert await api.result("getUpdates") == []


async def test_a_negative_offset_keeps_the_last(api: Api, console: Console) -> None:
    for text in "abc":
        await console.say(ENGINEER, text)
    assert [update["message"]["text"] for update in await api.result("getUpdates", offset=-1)] == ["c"]


async def test_a_long_poll_returns_the_moment_something_happens(api: Api, console: Console) -> None:
    polling = asyncio.create_task(api.result("getUpdates", timeout=30))
    await polled(console)
    await console.say(ENGINEER, "hello")
    async with asyncio.timeout(5):
        assert (await polling)[0]["message"]["text"] == "hello"


async def test_an_empty_long_poll_ends_by_itself(api: Api) -> None:
    assert await api.result("getUpdates", timeout=1) == []


async def test_the_later_of_two_polls_wins(api: Api, console: Console) -> None:
    earlier = asyncio.create_task(api.call("getUpdates", timeout=30))
    await polled(console)
    later = asyncio.create_task(api.call("getUpdates", timeout=30))
    async with asyncio.timeout(5):
        terminated = await earlier
    assert terminated["error_code"] == 409
    assert terminated["description"] == (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    await console.say(ENGINEER, "hello")
    async with asyncio.timeout(5):
        assert len((await later)["result"]) == 1


async def test_kinds_that_were_not_asked_for_do_not_come(api: Api, console: Console) -> None:
    assert await api.result("getUpdates", allowed_updates=["callback_query"]) == []
    await console.say(ENGINEER, "unheard")
    assert await api.result("getUpdates") == []
    await api.result("getUpdates", allowed_updates=[])
    await console.say(ENGINEER, "heard")
    assert len(await api.result("getUpdates")) == 1


class Receiver:
    """A bot's webhook, which fails as often as it is told to."""

    def __init__(self) -> None:
        self.url = ""
        self.failures = 0
        self.attempts = 0
        self.held: dict[str, asyncio.Event] = {}
        """Texts that are answered only when their event is set."""
        self.received: asyncio.Queue[tuple[str | None, dict[str, Any]]] = asyncio.Queue()

    async def handle(self, request: web.Request) -> web.Response:
        self.attempts += 1
        if self.failures:
            self.failures -= 1
            raise web.HTTPInternalServerError
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        update = await request.json()
        self.received.put_nowait((secret, update))
        if held := self.held.get(update["message"]["text"]):
            await held.wait()
        return web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_a_webhook_gets_updates_with_its_secret(api: Api, console: Console, receiver: Receiver) -> None:
    await console.say(ENGINEER, "waiting already")
    await api.result("setWebhook", url=receiver.url, secret_token="s3cret")
    await console.say(ENGINEER, "new")
    async with asyncio.timeout(5):
        got = [await receiver.received.get() for _ in range(2)]
    assert [(secret, update["message"]["text"]) for secret, update in got] == [
        ("s3cret", "waiting already"),
        ("s3cret", "new"),
    ]


async def test_a_failed_delivery_is_repeated(
    api: Api, console: Console, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.console.webhook.FIRST_RETRY", 0.01)
    receiver.failures = 2
    await api.result("setWebhook", url=receiver.url)
    await console.say(ENGINEER, "again")
    async with asyncio.timeout(5):
        secret, update = await receiver.received.get()
    assert (secret, update["message"]["text"], receiver.attempts) == (None, "again", 3)
    assert "500" in (await api.result("getWebhookInfo"))["last_error_message"]


async def test_one_chat_in_order_and_several_at_once(api: Api, console: Console, receiver: Receiver) -> None:
    first = receiver.held["first"] = asyncio.Event()
    await console.say(ENGINEER, "first")
    await console.say(ENGINEER, "second")
    await console.say(ADMIN, "from somebody else")
    await api.result("setWebhook", url=receiver.url)
    async with asyncio.timeout(5):
        got = [(await receiver.received.get())[1]["message"]["text"] for _ in range(2)]
        assert sorted(got) == ["first", "from somebody else"]
        assert receiver.received.empty()
        first.set()
        assert (await receiver.received.get())[1]["message"]["text"] == "second"
        while (await api.result("getWebhookInfo"))["pending_update_count"]:
            await asyncio.sleep(0)


async def test_polling_and_webhook_exclude_each_other(api: Api, console: Console, receiver: Receiver) -> None:
    polling = asyncio.create_task(api.call("getUpdates", timeout=30))
    await polled(console)
    answer = await api.call("setWebhook", url=receiver.url)
    assert answer["description"] == "Webhook was set"
    assert (await polling)["description"] == "Conflict: terminated by setWebhook request"
    refused = await api.call("getUpdates")
    assert refused["error_code"] == 409
    assert refused["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
    assert (await api.call("deleteWebhook"))["description"] == "Webhook was deleted"
    assert (await api.call("deleteWebhook"))["description"] == "Webhook is already deleted"
    assert await api.result("getUpdates") == []


async def test_bad_webhooks_are_refused(api: Api) -> None:
    assert await api.refusal("setWebhook", url="nonsense") == "Bad Request: invalid webhook URL specified"
    spaced = await api.refusal("setWebhook", url="http://127.0.0.1/x", secret_token="a b")
    assert spaced == "Bad Request: secret token contains unallowed characters"
