"""Updates without Telegram: raw ones as the Bot API words them, and a session whose requests go nowhere."""

from collections.abc import AsyncGenerator
from typing import Any

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import SendMessage, SendPhoto, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message

from bot.console import Person
from core.clock import utc_now

_DATE = 1_764_500_000


class Nowhere(BaseSession):
    """Answers at once what Telegram would; counts messages."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self.last = ""

    async def make_request(self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None) -> Any:
        """Return the message that was sent, or true."""
        if not isinstance(method, SendMessage | SendPhoto):
            return True
        self.sent += 1
        self.last = method.text if isinstance(method, SendMessage) else method.caption or ""
        chat = Chat(id=int(method.chat_id), type="private")
        return Message(message_id=self.sent, date=utc_now(), chat=chat, text=self.last).as_(bot)

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(self, *args: Any, **kwargs: Any) -> AsyncGenerator[bytes, None]:
        """Yield nothing."""
        yield b""


def message(number: int, person: Person, text: str) -> dict[str, Any]:
    """Return the update of somebody who writes `text` in private."""
    content: dict[str, Any] = {
        "message_id": number,
        "date": _DATE,
        "chat": person.as_chat(),
        "from": person.as_user(),
        "text": text,
    }
    if text.startswith("/"):
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
    return {"update_id": number, "message": content}


def tap(number: int, person: Person, data: str) -> dict[str, Any]:
    """Return the update of somebody who presses a button under a message of the bot's."""
    shown = {"message_id": 1, "date": _DATE, "chat": person.as_chat(), "text": "?"}
    query = {"id": str(number), "from": person.as_user(), "chat_instance": "1", "message": shown, "data": data}
    return {"update_id": number, "callback_query": query}
