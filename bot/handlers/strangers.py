"""People whom nobody let in yet: they are told so once, may ask to be let in, or bring an invitation."""

from aiogram import Bot, F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import AskToJoin
from bot.commands import set_menu
from bot.filters import IsForBot, IsStranger
from bot.i18n import Text
from bot.views import start as views
from core.users.greetings import Greetings
from core.users.invites import InviteService
from core.users.rights import Actor
from core.users.service import UserService

router = Router(name="strangers")
router.message.filter(IsStranger())
router.callback_query.filter(IsStranger())


@router.message(CommandStart(deep_link=True))
async def on_invitation(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, invites: InviteService
) -> None:
    """`/start CODE` lets the stranger in."""
    member = await invites.redeem(actor, command.args or "")
    await message.answer(views.welcome(member, text))
    await set_menu(bot, member)


@router.message(IsForBot(), F.chat.type == "private")
async def on_stranger(message: Message, actor: Actor, text: Text, greetings: Greetings) -> None:
    """Say, once a day, that an admin must let them in, and offer to ask for it."""
    if actor.id is not None and await greetings.first_today(actor.id):
        await message.answer(text("start-stranger", id=str(actor.id)), reply_markup=views.join_keyboard(text))


@router.message()
async def on_group_talk(message: Message) -> None:
    """What strangers say in a group is not for the bot."""


@router.callback_query(AskToJoin.filter())
async def on_join(callback: CallbackQuery, actor: Actor, text: Text, users: UserService) -> None:
    """Pass the request on to the admins."""
    asked = await users.request_access(actor, callback.from_user.username)
    words = text("start-asked" if asked else "start-asked-already")
    await callback.answer(words, show_alert=not asked)
    if asked and isinstance(callback.message, Message):
        await callback.message.edit_text(words)


@router.callback_query()
async def on_stranger_button(callback: CallbackQuery, text: Text) -> None:
    """A button from before access was taken away, or in a group."""
    await callback.answer(text("start-stranger-short"), show_alert=True)
