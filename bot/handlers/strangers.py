"""People whom nobody let in yet: an invitation works, anything else is a request for access."""

from aiogram import Bot, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message

from bot.commands import set_menu
from bot.filters import IsForBot, IsStranger
from bot.i18n import Text
from bot.views.start import welcome
from core.users.rights import Actor
from core.users.service import UserService

router = Router(name="strangers")
router.message.filter(IsStranger())
router.callback_query.filter(IsStranger())


@router.message(CommandStart(deep_link=True))
async def on_invitation(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, users: UserService
) -> None:
    """`/start CODE` lets the stranger in."""
    member = await users.redeem(actor, command.args or "")
    await message.answer(welcome(member, text))
    await set_menu(bot, member)


@router.message(IsForBot())
async def on_stranger(message: Message, actor: Actor, text: Text, users: UserService) -> None:
    """Explain that an admin must let them in, and ask the admins."""
    username = message.from_user.username if message.from_user else None
    await users.request_access(actor, username)
    await message.answer(text("start-stranger", id=str(actor.id)))


@router.message()
async def on_group_talk(message: Message) -> None:
    """What strangers say to each other in a group is not for the bot."""


@router.callback_query()
async def on_stranger_button(callback: CallbackQuery, text: Text) -> None:
    """A button from before access was taken away, or in a group."""
    await callback.answer(text("start-stranger-short"), show_alert=True)
