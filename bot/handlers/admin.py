"""Admins: users and their roles, invitations, requests for access."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.deep_linking import create_start_link

from bot.callbacks import Decide, MakeInvite, SetRole, ShowUser, ShowUsers
from bot.commands import set_menu
from bot.i18n import Text
from bot.views import admin as views
from core.users.rights import Actor, Right
from core.users.service import UserService

router = Router(name="admin")


@router.message(Command("users"))
async def on_users(message: Message, actor: Actor, text: Text, users: UserService) -> None:
    """List everybody the bot has met."""
    everybody = await users.list_users(actor)
    await message.answer(views.user_list(everybody, text), reply_markup=views.user_list_keyboard(everybody, 0, text))


@router.callback_query(ShowUsers.filter())
async def on_page(
    callback: CallbackQuery, callback_data: ShowUsers, actor: Actor, text: Text, users: UserService
) -> None:
    """Turn the page."""
    everybody = await users.list_users(actor)
    keyboard = views.user_list_keyboard(everybody, callback_data.page, text)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_text(views.user_list(everybody, text), reply_markup=keyboard)


@router.callback_query(ShowUser.filter())
async def on_user(
    callback: CallbackQuery, callback_data: ShowUser, actor: Actor, text: Text, users: UserService
) -> None:
    """Open a user's card."""
    user = await users.get(actor, callback_data.user_id)
    await callback.answer()
    if isinstance(callback.message, Message):
        keyboard = views.user_keyboard(user, callback_data.page, text)
        await callback.message.edit_text(views.user_card(user, actor.zone, text), reply_markup=keyboard)


@router.callback_query(SetRole.filter())
async def on_role(
    callback: CallbackQuery, callback_data: SetRole, bot: Bot, actor: Actor, text: Text, users: UserService
) -> None:
    """Change a role; the user is told through the outbox."""
    member = await users.set_role(actor, callback_data.user_id, callback_data.role)
    await callback.answer(text("admin-role-set", name=member.name, role=text(f"admin-role-{member.role}")))
    await set_menu(bot, member)
    if isinstance(callback.message, Message):
        user = await users.get(actor, callback_data.user_id)
        keyboard = views.user_keyboard(user, callback_data.page, text)
        await callback.message.edit_text(views.user_card(user, actor.zone, text), reply_markup=keyboard)


@router.callback_query(Decide.filter())
async def on_decision(
    callback: CallbackQuery, callback_data: Decide, actor: Actor, text: Text, users: UserService
) -> None:
    """Let a stranger in or turn them away; the card says who decided."""
    member = await users.decide(actor, callback_data.user_id, callback_data.role)
    words = views.decision(member, actor, text)
    await callback.answer(words)
    if isinstance(callback.message, Message):
        await callback.message.edit_text(words)


@router.message(Command("invite"))
async def on_invite(message: Message, actor: Actor, text: Text) -> None:
    """Ask for whom the invitation is."""
    actor.require(Right.MANAGE_USERS)
    await message.answer(text("admin-invite-role"), reply_markup=views.invite_keyboard(text))


@router.callback_query(MakeInvite.filter())
async def on_invite_role(
    callback: CallbackQuery, callback_data: MakeInvite, bot: Bot, actor: Actor, text: Text, users: UserService
) -> None:
    """Make a one-time link."""
    code = await users.create_invite(actor, callback_data.role)
    link = await create_start_link(bot, code)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_text(views.invitation(callback_data.role, link, code, text))
