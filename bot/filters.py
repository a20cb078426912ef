"""Conditions that pick a handler. Rights are checked by the services, not here."""

from aiogram import Bot, F
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import Message, TelegramObject

from core.users.models import Role
from core.users.rights import Actor

IS_TEXT = F.text & ~F.text.startswith("/")
"""Words, and no command."""


class IsStranger(Filter):
    """Somebody whom no admin has let in yet."""

    async def __call__(self, event: TelegramObject, actor: Actor) -> bool:
        """Tell whether the author waits for access."""
        return actor.role is Role.PENDING


class IsForBot(Filter):
    """A message meant for the bot: any in a private chat; in groups a reply to it or a mention of it."""

    async def __call__(self, message: Message, bot: Bot) -> bool:
        """Tell whether the bot should react."""
        if message.chat.type == ChatType.PRIVATE:
            return True
        me = await bot.me()
        replied = message.reply_to_message
        if replied and replied.from_user and replied.from_user.id == me.id:
            return True
        return f"@{me.username}".lower() in (message.text or message.caption or "").lower()
