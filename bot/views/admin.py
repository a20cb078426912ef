"""Users, roles and invitations as messages and keyboards."""

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.people import MakeInvite, SetRole, ShowUser, ShowUsers
from bot.i18n import Text
from bot.views.keyboards import button, rows
from core.users.invites import Invitation
from core.users.models import MEMBERS, Role, User
from core.users.rights import Actor
from core.users.scope import Scope

PAGE = 8
_MARKS = {
    Role.PENDING: "⏳",
    Role.VIEWER: "👁",
    Role.ENGINEER: "🔧",
    Role.SENIOR_ENGINEER: "🎓",
    Role.ADMIN: "🛡",
    Role.BLOCKED: "⛔",
}


def user_list(users: Sequence[User], text: Text) -> str:
    """Count the users by role."""
    counts = Counter(Role(user.role) for user in users)
    lines = [f"{_MARKS[role]} {text(f'admin-role-{role}')}: {counts[role]}" for role in Role if counts[role]]
    return "\n".join([text("admin-users", count=len(users)), *lines, "", text("admin-users-hint")])


def user_list_keyboard(users: Sequence[User], page: int, text: Text) -> InlineKeyboardMarkup:
    """One button per user, and arrows where there are more pages."""
    pages = max(1, -(-len(users) // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = users[page * PAGE : (page + 1) * PAGE]
    lines = [[button(f"{_MARKS[Role(u.role)]} {u.name[:40]}", ShowUser(user_id=u.id, page=page))] for u in shown]
    arrows = []
    if page > 0:
        arrows.append(button("‹", ShowUsers(page=page - 1)))
    if page < pages - 1:
        arrows.append(button("›", ShowUsers(page=page + 1)))
    return rows(*lines, arrows)


def user_card(user: User, zone: ZoneInfo, text: Text) -> str:
    """Say who the user is, their role and since when the bot knows them."""
    lines = [f"{_MARKS[Role(user.role)]} {user.name}" + (f" (@{user.username})" if user.username else "")]
    lines.append(text("admin-user-id", id=str(user.id)))
    lines.append(text("admin-user-role", role=text(f"admin-role-{user.role}")))
    if user.role in MEMBERS:
        lines.append(text("admin-user-scope", scope=_scope(Scope.load(user.scope), text)))
    if user.extra_rights:
        lines.append(text("admin-user-extra", rights=", ".join(user.extra_rights)))
    lines.append(text("admin-user-since", date=user.created_at.astimezone(zone).strftime("%d.%m.%Y")))
    if not user.reachable:
        lines.append(text("admin-user-unreachable"))
    return "\n".join(lines)


def user_keyboard(user: User, page: int, text: Text) -> InlineKeyboardMarkup:
    """Offer the roles the user does not have, and the way back."""
    offered = [role for role in (*MEMBERS, Role.BLOCKED) if role != user.role]
    lines = [[button(text(f"admin-make-{role}"), SetRole(user_id=user.id, role=role, page=page))] for role in offered]
    return rows(*lines, [button(text("admin-back"), ShowUsers(page=page))])


def decision(member: Actor, admin: Actor, text: Text) -> str:
    """Say who let whom in, or turned them away."""
    key = "admin-turned-away" if member.role is Role.BLOCKED else "admin-let-in"
    return text(key, name=member.name, role=text(f"admin-role-{member.role}"), admin=admin.name)


def invite_keyboard(text: Text) -> InlineKeyboardMarkup:
    """Offer the roles an invitation can grant."""
    return rows(*([button(text(f"admin-role-{role}"), MakeInvite(role=role))] for role in MEMBERS))


def member(person: Actor, text: Text) -> str:
    """Say what somebody may do now, and where."""
    lines = [f"{_MARKS[person.role]} {person.name}: {text(f'admin-role-{person.role}')}"]
    if person.is_member:
        lines.append(text("admin-user-scope", scope=_scope(person.scope, text)))
    if person.extra:
        lines.append(text("admin-user-extra", rights=", ".join(sorted(person.extra))))
    return "\n".join(lines)


def invitation(made: Invitation, link: str, zone: ZoneInfo, text: Text) -> str:
    """Show a link, the command that does the same, and what they grant to how many until when."""
    return text(
        "admin-invitation",
        role=text(f"admin-role-{made.role}"),
        scope=_scope(made.scope, text),
        until=made.expires_at.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
        uses=made.uses,
        link=link,
        command=f"/start {made.code}",
    )


def _scope(scope: Scope, text: Text) -> str:
    return text("admin-scope-all") if scope.everything else str(scope)
