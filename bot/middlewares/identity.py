"""Who writes, and in which language: gives handlers `actor` and `text`."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.enums import ChatType
from aiogram.types import Chat, TelegramObject, User

from bot.i18n import text_for
from core.users.models import Role
from core.users.service import Profile, UserService


class Identity(BaseMiddleware):
    """Turns the Telegram user into an actor. Blocked users and updates from nobody end here, in silence.

    In a group everybody reads along: nobody is more than an engineer there, and only public machines are seen.
    """

    def __init__(self, users: UserService) -> None:
        self._users = users

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle `event` on behalf of its author."""
        profile = _profile(data.get("event_from_user"), data.get("event_chat"))
        if profile is None:
            return None
        actor = await self._users.identify(profile)
        if actor.role is Role.BLOCKED:
            return None
        chat: Chat | None = data.get("event_chat")
        if chat is not None and chat.type != ChatType.PRIVATE:
            actor = actor.in_group()
        data["actor"], data["text"] = actor, text_for(actor.language)
        return await handler(event, data)


def _profile(user: User | None, chat: Chat | None) -> Profile | None:
    if user is not None:
        return None if user.is_bot else Profile(user.id, user.full_name, user.username, user.language_code)
    if chat is not None and chat.type == ChatType.PRIVATE:  # "stopped generation" carries no user
        return Profile(chat.id, chat.full_name, chat.username)
    return None
