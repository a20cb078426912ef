"""A Bot API session that keeps what the bot calls: for chats that the console does not have."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import GetMe, SendMessage, TelegramMethod
from aiogram.types import Chat, Message, User

ME = User(id=100000, is_bot=True, first_name="Hydrodiag", username="hydrodiag_bot")


class RecordingSession(BaseSession):
    """Answers every request with success, or with the next of `errors`."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.calls: list[TelegramMethod[Any]] = []
        self._errors = list(errors)
        self._refusals: dict[int, Exception] = {}

    def fail(self, refusals: dict[int, Exception]) -> None:
        """Refuse the next message to each of these chats."""
        self._refusals.update(refusals)

    def texts(self) -> list[str]:
        """Return the texts of the messages sent."""
        return [call.text for call in self.calls if isinstance(call, SendMessage)]

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        """Record the call."""
        self.calls.append(method)
        if self._errors:
            raise self._errors.pop(0)
        if isinstance(method, SendMessage) and int(method.chat_id) in self._refusals:
            raise self._refusals.pop(int(method.chat_id))
        if isinstance(method, GetMe):
            return ME
        if isinstance(method, SendMessage):
            chat = Chat(id=int(method.chat_id), type="supergroup")
            return Message(message_id=len(self.calls), date=datetime.now(UTC), chat=chat, from_user=ME)
        return True

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Hold no files."""
        raise NotImplementedError
        yield b""

    async def close(self) -> None:
        """Hold nothing."""
