"""Roles, rights, scopes and terms as admins write them: `@anna senior site:north`, `engineer 7d x5`."""

import re
from dataclasses import dataclass
from datetime import timedelta

from core.errors import BadInputError
from core.users.invites import LIFETIME
from core.users.models import MEMBERS, Role
from core.users.rights import Right
from core.users.scope import WHOLE_PLANT, Scope

_ROLES = {str(role): role for role in MEMBERS} | {"senior": Role.SENIOR_ENGINEER}
_LIFETIME = re.compile(r"(\d{1,3})([hd])")
_USES = re.compile(r"x(\d{1,3})")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


class GrantError(BadInputError):
    """Who gets what was not understood."""

    key = "error-grant"


class InvitationWordsError(BadInputError):
    """The terms of an invitation were not understood."""

    key = "error-invite-words"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who, and what: a right, or a role or a scope or both."""

    who: str
    role: Role | None = None
    scope: Scope | None = None
    right: Right | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invitation shall grant."""

    role: Role
    scope: Scope
    lifetime: timedelta
    uses: int


def parse_grant(words: str | None) -> Grant:
    """Read `who [role] [scope]` or `who +right`.

    Raises:
        GrantError, ScopeError
    """
    who, *rest = (words or "").split()[:100] or [""]
    if not who:
        raise GrantError(roles=", ".join(_ROLES))
    if len(rest) == 1 and rest[0].startswith("+"):
        return Grant(who, right=_right(rest[0]))
    role = _ROLES.get(rest[0].lower()) if rest else None
    scope = rest[1:] if role else rest
    return Grant(who, role, Scope.parse(" ".join(scope)) if scope else None)


def parse_invitation(words: str) -> Terms:
    """Read `role [scope] [7d] [x5]`.

    Raises:
        InvitationWordsError, ScopeError
    """
    role, *rest = words.split()[:100]
    if role.lower() not in _ROLES:
        raise InvitationWordsError(roles=", ".join(_ROLES))
    lifetime, uses, scope = LIFETIME, 1, []
    for word in rest:
        if match := _LIFETIME.fullmatch(word):
            lifetime = int(match[1]) * _UNITS[match[2]]
        elif match := _USES.fullmatch(word):
            uses = int(match[1])
        else:
            scope.append(word)
    return Terms(_ROLES[role.lower()], Scope.parse(" ".join(scope)) if scope else WHOLE_PLANT, lifetime, uses)


def _right(word: str) -> Right:
    try:
        return Right(word.removeprefix("+").lower())
    except ValueError:
        raise GrantError(roles=", ".join(_ROLES)) from None
