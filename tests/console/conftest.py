"""A running console, and a bare HTTP client that shows what its Bot API answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession
from PIL import Image

from bot.console import ENGINEER, Console

TOKEN = "123456:console_test_token"


@dataclass
class Api:
    """Calls methods with JSON bodies and returns the whole answer."""

    console: Console
    session: ClientSession

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the answer, refused or not."""
        async with self.session.post(f"{self.console.url}/bot{TOKEN}/{method}", json=params) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == (200 if answer["ok"] else answer["error_code"])
            return answer

    async def result(self, method: str, **params: Any) -> Any:
        """Return the result of a call that must succeed."""
        answer = await self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        """Return the description of a call that must be refused."""
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def send(self, text: str = "hello", **params: Any) -> Any:
        """Send a message to the engineer."""
        return await self.result("sendMessage", chat_id=ENGINEER, text=text, **params)


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    """A console that lives in memory."""
    console = Console(TOKEN)
    await console.start()
    yield console
    await console.stop()


@pytest.fixture
async def api(console: Console) -> AsyncIterator[Api]:
    """The console's Bot API."""
    async with ClientSession() as session:
        yield Api(console, session)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A small PNG."""
    buffer = BytesIO()
    Image.new("RGB", (320, 180), "#0b6a78").save(buffer, "PNG")
    return buffer.getvalue()
