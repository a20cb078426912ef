"""Invitations: made by admins, by buttons or in one line."""

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram.utils.deep_linking import create_start_link

from bot.callbacks.people import MakeInvite
from bot.i18n import Text
from bot.middlewares.once import ONCE
from bot.parsing.grants import parse_invitation
from bot.views import admin as views
from core.diagnostics.service import DiagnosticsService
from core.users.invites import Invitation, InviteService
from core.users.rights import Actor, Right

router = Router(name="invites")


@router.message(Command("invite"))
async def on_invite(
    message: Message,
    command: CommandObject,
    bot: Bot,
    actor: Actor,
    text: Text,
    invites: InviteService,
    diagnostics: DiagnosticsService,
) -> None:
    """`/invite role [scope] [7d] [x5]`; without a role, ask for whom the invitation is."""
    actor.require(Right.MANAGE_USERS)
    if not command.args:
        await message.answer(text("admin-invite-role"), reply_markup=views.invite_keyboard(text))
        return
    terms = parse_invitation(command.args)
    await diagnostics.check_scope(actor, terms.scope)
    made = await invites.create(actor, terms.role, scope=terms.scope, lifetime=terms.lifetime, uses=terms.uses)
    await message.answer(await _words(bot, made, actor, text))


@router.callback_query(MakeInvite.filter(), flags=ONCE)
async def on_invite_role(
    callback: CallbackQuery, callback_data: MakeInvite, bot: Bot, actor: Actor, text: Text, invites: InviteService
) -> None:
    """Make a link for one person."""
    made = await invites.create(actor, callback_data.role)
    await callback.answer()
    if isinstance(callback.message, Message):
        await callback.message.edit_text(await _words(bot, made, actor, text))


async def _words(bot: Bot, made: Invitation, actor: Actor, text: Text) -> str:
    return views.invitation(made, await create_start_link(bot, made.code), actor.zone, text)
