"""The webhook: nobody without the secret, nothing malformed, nothing too large, and everything once."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.inbox import Inbox
from bot.webhook import HEADER, MAX_UPDATE_BYTES, Webhook
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.security.conftest import PERSON, House

SECRET = "the-right_secret-of-this-house"
Client = TestClient[web.Request, web.Application]
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
_KINDS = st.sampled_from(["message", "callback_query", "my_chat_member", "edited_message", "poll", "inline_query"])


@pytest.fixture
async def client(house: House, redis: Redis) -> AsyncIterator[Client]:
    await house.container.users.enrol(OPERATOR, PERSON.id, Role.ENGINEER, name="Kim", language="en")
    hook = Webhook(house.bot, house.dispatcher, redis, Inbox(redis), SecretStr(SECRET), lambda: True)
    app = web.Application(client_max_size=MAX_UPDATE_BYTES)
    app.router.add_post("/", hook.handle)
    async with TestClient(TestServer(app)) as client:
        yield client


def _update(number: int, text: str = "/language") -> dict[str, Any]:
    person = {"id": PERSON.id, "is_bot": False, "first_name": "Kim"}
    chat = {"id": PERSON.id, "type": "private"}
    return {"update_id": number, "message": {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": text}}


@pytest.mark.parametrize("given_", [None, "", "the-right_secret-of-this-hous", SECRET.upper(), SECRET + "x", "\xff"])
async def test_without_the_secret_nobody_is_heard(client: Client, house: House, given_: str | None) -> None:
    headers = {} if given_ is None else {HEADER: given_}
    async with client.post("/", json=_update(1), headers=headers) as answer:
        assert answer.status == 401
        assert SECRET not in await answer.text()
    assert house.session.calls == []


async def test_an_update_that_comes_again_is_answered_and_not_done_again(client: Client, house: House) -> None:
    for _ in range(3):
        async with client.post("/", json=_update(1), headers={HEADER: SECRET}) as answer:
            assert answer.status == 200
    assert len(house.session.texts()) == 1


async def test_what_is_too_large_is_refused_before_it_is_read(client: Client, house: House) -> None:
    large = io.BytesIO(json.dumps(_update(1, "x" * MAX_UPDATE_BYTES)).encode())
    async with client.post("/", data=large, headers={HEADER: SECRET}) as answer:
        assert answer.status == 413
    assert house.session.calls == []


@hypothesis_settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=st.binary(max_size=200) | st.builds(lambda n, k, v: {"update_id": n, k: v}, st.integers(), _KINDS, _JSON))
async def test_what_is_malformed_is_dropped_and_the_next_update_is_answered(
    client: Client, house: House, body: bytes | dict[str, Any]
) -> None:
    sent = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with client.post("/", headers={HEADER: SECRET}, **sent) as answer:
        assert answer.status == 200
    said = len(house.session.texts())
    number = 1000 + len(house.session.calls)
    async with client.post("/", json=_update(number), headers={HEADER: SECRET}) as answer:
        assert answer.status == 200
    assert len(house.session.texts()) == said + 1
