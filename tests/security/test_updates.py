"""Updates at the extremes of what aiogram's types allow, and damaged ones: answered or dropped, and nothing leaks."""

import json
from itertools import count
from typing import Any

from aiogram.types import User
from aiohttp import web
from aiohttp.test_utils import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.webhook import HEADER
from core.users.models import Role
from core.users.rights import OPERATOR
from tests.bot.conftest import TOKEN
from tests.security.conftest import PERSON, House, broke, words
from tests.security.test_webhook import SECRET, client
from tests.security.updates import updates

LEE = User(id=31337, is_bot=False, first_name="Lee", language_code="en")
_NUMBERS = count(10_000)
_LEAKS = ("Traceback", 'File "', "postgresql://", "unix://", TOKEN.partition(":")[2], SECRET, "asyncpg", "pydantic")
_SAME_EVERYWHERE = hypothesis_settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)


@_SAME_EVERYWHERE
@given(data=st.data())
async def test_whatever_comes_is_answered_or_dropped_and_the_next_command_is_answered(
    client: TestClient[web.Request, web.Application], house: House, data: st.DataObject
) -> None:
    await house.container.users.enrol(OPERATOR, LEE.id, Role.VIEWER, name="Lee", language="en")
    update = data.draw(updates(next(_NUMBERS)))
    before = len(house.session.calls)
    assert await _post(client, update) == 200
    done = house.session.calls[before:]
    assert not broke(done), words(done)
    assert not [text for text in words(done) for leak in _LEAKS if leak in text]
    known = await house.container.users.find(PERSON.id)
    assert known is None or known.role in (Role.ENGINEER, Role.PENDING)
    house.forget_states()
    said = len(house.session.texts())
    assert await _post(client, _help(next(_NUMBERS))) == 200
    assert ["/summary" in text for text in house.session.texts()[said:]] == [True]


async def _post(client: TestClient[web.Request, web.Application], update: dict[str, Any]) -> int:
    async with client.post("/", data=json.dumps(update), headers={HEADER: SECRET}) as answer:
        return answer.status


def _help(number: int) -> dict[str, Any]:
    person = LEE.model_dump(mode="json", exclude_none=True)
    chat = {"id": LEE.id, "type": "private"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": "/help"}
    return {"update_id": number, "message": message}


__all__ = ["client"]
