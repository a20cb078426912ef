"""Admins: users and their roles, requests for access, the audit log."""

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import Decide, SetRole, ShowAudit, ShowUser, ShowUsers
from bot.commands import set_menu
from bot.i18n import Text
from bot.parsing.grants import parse_block, parse_grant, parse_revocation
from bot.views import admin as views
from bot.views import audit as audit_views
from core.diagnostics.service import DiagnosticsService
from core.users.audit import AuditService
from core.users.models import Role
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


@router.message(Command("grant"))
async def on_grant(
    message: Message,
    command: CommandObject,
    bot: Bot,
    actor: Actor,
    text: Text,
    users: UserService,
    diagnostics: DiagnosticsService,
) -> None:
    """`/grant who role [scope]` or `/grant who +right`."""
    actor.require(Right.MANAGE_USERS)
    grant = parse_grant(command.args)
    user = await users.named(actor, grant.who)
    if grant.scope is not None:
        await diagnostics.check_scope(actor, grant.scope)
    if grant.right is not None:
        member = await users.set_extra(actor, user.id, grant.right, granted=True)
    else:
        member = await users.set_role(actor, user.id, grant.role or Role(user.role), scope=grant.scope)
    await message.answer(views.member(member, text))
    await set_menu(bot, member)


@router.message(Command("revoke"))
async def on_revoke(
    message: Message, command: CommandObject, bot: Bot, actor: Actor, text: Text, users: UserService
) -> None:
    """`/revoke who` takes everything away, `/revoke who +right` one right."""
    actor.require(Right.MANAGE_USERS)
    revocation = parse_revocation(command.args)
    user = await users.named(actor, revocation.who)
    if revocation.right is not None:
        member = await users.set_extra(actor, user.id, revocation.right, granted=False)
    else:
        member = await users.set_role(actor, user.id, Role.PENDING)
    await message.answer(views.member(member, text))
    await set_menu(bot, member)


@router.message(Command("block"))
async def on_block(message: Message, command: CommandObject, actor: Actor, text: Text, users: UserService) -> None:
    """`/block who`: the bot does not hear them any more."""
    actor.require(Right.MANAGE_USERS)
    user = await users.named(actor, parse_block(command.args))
    await message.answer(views.member(await users.set_role(actor, user.id, Role.BLOCKED), text))


@router.message(Command("audit"))
async def on_audit(
    message: Message, command: CommandObject, actor: Actor, text: Text, users: UserService, audit: AuditService
) -> None:
    """`/audit [who]`: who did what, the latest first."""
    actor.require(Right.MANAGE_USERS)
    about = (await users.named(actor, command.args.strip())).id if command.args else 0
    entries = await audit.page(actor, 0, size=audit_views.PAGE + 1, about=about or None)
    names = await audit.names(actor, audit_views.people_of(entries))
    page = audit_views.page(entries, 0, actor.zone, names, text)
    await message.answer(page, reply_markup=audit_views.keyboard(entries, 0, about))


@router.callback_query(ShowAudit.filter())
async def on_audit_page(
    callback: CallbackQuery, callback_data: ShowAudit, actor: Actor, text: Text, audit: AuditService
) -> None:
    """Turn the page of the audit log."""
    number, about = max(callback_data.page, 0), callback_data.about_id
    entries = await audit.page(actor, number, size=audit_views.PAGE + 1, about=about or None)
    names = await audit.names(actor, audit_views.people_of(entries))
    await callback.answer()
    if isinstance(callback.message, Message):
        keyboard = audit_views.keyboard(entries, number, about)
        page = audit_views.page(entries, number, actor.zone, names, text)
        await callback.message.edit_text(page, reply_markup=keyboard)
