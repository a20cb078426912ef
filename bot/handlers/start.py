"""The first minutes: /start, /help, /language, and whether the user can still be written to."""

from aiogram import Bot, F, Router
from aiogram.filters import (
    JOIN_TRANSITION,
    LEAVE_TRANSITION,
    ChatMemberUpdatedFilter,
    Command,
    CommandObject,
    CommandStart,
)
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.callbacks.profile import SetLanguage
from bot.commands import set_menu
from bot.i18n import Text, text_for
from bot.views import start as views
from core.users.invites import InviteService
from core.users.rights import Actor
from core.users.service import UserService

router = Router(name="start")


@router.message(CommandStart(deep_link=True))
async def on_invitation(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, invites: InviteService
) -> None:
    """An invitation used by somebody who is in already: it may grant more."""
    member = await invites.redeem(actor, command.args or "")
    await message.answer(views.welcome(member, text))
    await set_menu(bot, member)


@router.message(CommandStart())
async def on_start(message: Message, bot: Bot, actor: Actor, text: Text) -> None:
    """Say what the bot does and set its menu."""
    await message.answer(views.welcome(actor, text))
    await set_menu(bot, actor)


@router.message(Command("help"))
async def on_help(message: Message, actor: Actor, text: Text) -> None:
    """List what this user can do."""
    await message.answer(views.help_page(actor, text))


@router.message(Command("language"))
async def on_language(message: Message, text: Text) -> None:
    """Offer the languages."""
    await message.answer(text("start-choose-language"), reply_markup=views.language_keyboard())


@router.callback_query(SetLanguage.filter())
async def on_language_chosen(
    callback: CallbackQuery, callback_data: SetLanguage, bot: Bot, actor: Actor, users: UserService
) -> None:
    """Speak the chosen language from now on."""
    member = await users.set_language(actor, callback_data.language)
    words = text_for(member.language)("start-language-set")
    await callback.answer(words)
    if isinstance(callback.message, Message):
        await callback.message.edit_text(words)
    await set_menu(bot, member)


@router.my_chat_member(F.chat.type == "private", ChatMemberUpdatedFilter(LEAVE_TRANSITION))
async def on_blocked(event: ChatMemberUpdated, users: UserService) -> None:
    """The user blocked the bot: write to them no more."""
    await users.set_reachable(event.chat.id, reachable=False)


@router.my_chat_member(F.chat.type == "private", ChatMemberUpdatedFilter(JOIN_TRANSITION))
async def on_unblocked(event: ChatMemberUpdated, users: UserService) -> None:
    """The user came back."""
    await users.set_reachable(event.chat.id, reachable=True)
