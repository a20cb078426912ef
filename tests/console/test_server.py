"""The server keeps what it was told, and to its own machine."""

import asyncio
import json
from pathlib import Path
from typing import Self

import pytest
from aiohttp import ClientResponse, ClientSession

from bot.console import ENGINEER, Console
from bot.console.guard import PAGE_HEADER
from bot.console.methods import METHODS
from tests.console.conftest import TOKEN, Api


async def test_history_updates_and_files_survive_a_restart(tmp_path: Path) -> None:
    before = Console(TOKEN, state_dir=tmp_path)
    await before.start()
    await before.say(ENGINEER, "first")
    sent = await before.upload(ENGINEER, "log.csv", b"1;2")
    before.choose_language(ENGINEER, "en")
    await before.stop()

    after = Console(TOKEN, state_dir=tmp_path)
    await after.start()
    try:
        assert [message.get("text") for message in after.messages(ENGINEER)] == ["first", None]
        assert after.file(sent["document"]["file_id"]) == b"1;2"
        async with ClientSession() as session:
            api = Api(after, session)
            updates = await api.result("getUpdates")
            assert len(updates) == 2
            last = updates[-1]["update_id"]
            await api.result("getUpdates", offset=last + 1)
            said = await after.say(ENGINEER, "second")
            assert (await api.result("getUpdates"))[0]["update_id"] > last
            assert said["message_id"] > sent["message_id"]
            assert said["from"]["language_code"] == "en"
    finally:
        await after.stop()


async def test_update_numbers_grow_past_confirmed_ones_and_a_restart(tmp_path: Path) -> None:
    numbers = []
    for _ in range(2):
        console = Console(TOKEN, state_dir=tmp_path)
        await console.start()
        async with ClientSession() as session:
            await console.say(ENGINEER, "x")
            update = (await Api(console, session).result("getUpdates"))[0]
            numbers.append(update["update_id"])
            await Api(console, session).result("getUpdates", offset=update["update_id"] + 1)
        await console.stop()
    assert numbers[0] < numbers[1]


async def test_a_killed_console_starts_again(tmp_path: Path) -> None:
    killed = Console(TOKEN, state_dir=tmp_path)
    await killed.start()
    await killed.say(ENGINEER, "kept")
    heir = Console(TOKEN, state_dir=tmp_path)  # the first one never stopped: its files lie as a kill leaves them
    await heir.start()
    assert [message["text"] for message in heir.messages(ENGINEER)] == ["kept"]
    await heir.stop()
    await killed.stop()


async def test_stopping_does_not_wait_for_polls_and_pages(console: Console) -> None:
    async with ClientSession() as session:
        polling = asyncio.create_task(Api(console, session).call("getUpdates", timeout=50))
        stream = await session.get(f"{console.url}/console/events?person={ENGINEER}")
        async with asyncio.timeout(5):
            while not console.calls("getUpdates"):
                await asyncio.sleep(0)
            await console.stop()
        assert (await polling)["ok"]
        stream.close()


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind(console: Console, tmp_path: Path) -> None:
    port = int(console.url.rpartition(":")[2])
    second = Console(TOKEN, port=port, state_dir=tmp_path)
    with pytest.raises(OSError, match=str(port)):
        await second.start()
    with pytest.raises(RuntimeError, match="not running"):
        second.messages(ENGINEER)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_it_listens_on_its_own_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        Console(TOKEN, host=host)


def test_a_token_must_look_like_one() -> None:
    with pytest.raises(ValueError, match="123456:"):
        Console("secret")


async def test_wrong_tokens_and_methods(api: Api) -> None:
    url = api.console.url
    expected = {
        "/bot123456:wrong/getMe": (401, "Unauthorized"),
        f"/bot{TOKEN}/getNothing": (404, "Not Found: method not found"),
        "/file/bot123456:wrong/documents/x": (401, "Unauthorized"),
        f"/file/bot{TOKEN}/documents/../console.sqlite3": (404, None),
        f"/file/bot{TOKEN}/..%2f..%2fconsole.sqlite3": (404, "Not Found"),
    }
    for path, (status, description) in expected.items():
        async with api.session.get(url + path) as response:
            assert response.status == status, path
            if description:
                assert await response.json() == {"ok": False, "error_code": status, "description": description}


async def test_parameters_come_in_every_way_that_clients_send_them(api: Api) -> None:
    url = f"{api.console.url}/bot{TOKEN}/sendMessage"
    params = {"chat_id": str(ENGINEER), "text": "привет & co"}
    requests = (
        api.session.get(url, params=params),
        api.session.get(url, data=params),
        api.session.post(url, data=params),
        api.session.post(url, json=params),
        api.session.post(url.replace("sendMessage", "SENDMESSAGE"), data=params),
    )
    for request in requests:
        async with request as response:
            assert (await response.json())["result"]["text"] == "привет & co"
    async with api.session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert (await response.json())["description"] == "Bad Request: can't parse JSON object"


async def test_a_bug_is_an_internal_error_not_a_lost_connection(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setitem(METHODS, "getme", broken)
    answer = await api.call("getMe")
    assert (answer["error_code"], answer["description"]) == (500, "Internal Server Error")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80", PAGE_HEADER: "1"},
        {"Origin": "http://evil.example", PAGE_HEADER: "1"},
        {"Origin": "null", PAGE_HEADER: "1"},
        {"Sec-Fetch-Site": "cross-site", PAGE_HEADER: "1"},
        {},
    ],
)
async def test_other_pages_cannot_act_as_a_person(api: Api, headers: dict[str, str]) -> None:
    body = {"person": ENGINEER, "text": "forged"}
    async with api.session.post(f"{api.console.url}/console/say", json=body, headers=headers) as response:
        assert response.status == 403
    assert api.console.messages(ENGINEER) == []


async def test_the_page_is_served_with_a_strict_policy(api: Api) -> None:
    async with api.session.get(api.console.url) as response:
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("/static/../server.py", "/server.py", "/console/files/..%2Fserver.py", "/index.html.bak"):
        async with api.session.get(api.console.url + path) as response:
            assert response.status == 404


async def test_a_file_from_a_person_is_never_shown_as_a_page(api: Api, console: Console) -> None:
    sent = await console.upload(ENGINEER, 'x".html', b"<script>alert(1)</script>")
    async with api.session.get(f"{console.url}/console/files/{sent['document']['file_id']}") as response:
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''x%22.html"
        assert response.content_type == "application/octet-stream"


class Stream:
    """The page's event stream, read by hand."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response

    @classmethod
    async def open(cls, api: Api, after: str) -> Self:
        """Connect as a browser does after a lost connection."""
        url = f"{api.console.url}/console/events?person={ENGINEER}"
        return cls(await api.session.get(url, headers={"Last-Event-ID": after}))

    async def next(self) -> tuple[str, str, dict[str, object]]:
        """Return the next event's id, kind and data."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(5):
            while True:
                line = (await self._response.content.readline()).decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if not line and "data" in fields:
                    return fields["id"], fields["event"], json.loads(fields["data"])
                fields[name] = value

    def close(self) -> None:
        """Hang up."""
        self._response.close()


async def test_a_page_that_lost_the_connection_catches_up(api: Api, console: Console) -> None:
    async with api.session.get(f"{console.url}/console/state?person={ENGINEER}") as response:
        state = await response.json()
    assert (state["person"]["id"], state["messages"]) == (ENGINEER, [])
    events = await Stream.open(api, state["last_event_id"])
    await api.send("one")
    seen, kind, data = await events.next()
    assert (kind, data["text"]) == ("message", "one")
    events.close()
    await api.send("missed")
    events = await Stream.open(api, seen)
    _, kind, data = await events.next()
    assert (kind, data["text"]) == ("message", "missed")
    events.close()


async def test_a_page_from_before_a_restart_starts_over(api: Api) -> None:
    events = await Stream.open(api, "0badcafe-12")
    _, kind, _ = await events.next()
    assert kind == "reset"
    events.close()
