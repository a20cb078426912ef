"""Buttons of people and what they may do."""

from aiogram.filters.callback_data import CallbackData

from core.users.models import Role


class AskToJoin(CallbackData, prefix="join"):
    """Ask the admins to be let in."""


class Decide(CallbackData, prefix="access"):
    """Answer a stranger's request: ENGINEER lets them in, BLOCKED silences them."""

    user_id: int
    role: Role


class ShowUsers(CallbackData, prefix="users"):
    """Turn to a page (from 0) of the list of users."""

    page: int


class ShowUser(CallbackData, prefix="user"):
    """Open one user's card; `page` leads back."""

    user_id: int
    page: int


class SetRole(CallbackData, prefix="role"):
    """Give a user a role."""

    user_id: int
    role: Role
    page: int


class MakeInvite(CallbackData, prefix="invite"):
    """Make an invitation for `role`."""

    role: Role


class ShowAudit(CallbackData, prefix="audit"):
    """Turn to a page (from 0) of the audit log, of one user or (0) of everybody."""

    page: int
    about_id: int
