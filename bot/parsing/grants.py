"""Roles, rights, scopes and terms as admins write them: `@anna senior site:north`, `engineer 7d x5`."""

import re
from dataclasses import dataclass
from datetime import timedelta

from core.errors import BadInputError
from core.users.invites import LIFETIME
from core.users.models import MEMBERS, Role
from core.users.rights import Right
from core.users.scope import EVERYTHING, WHOLE_PLANT, Scope

_ROLES = {str(role): role for role in MEMBERS} | {
    "senior": Role.SENIOR_ENGINEER,
    "наблюдатель": Role.VIEWER,
    "инженер": Role.ENGINEER,
    "старший": Role.SENIOR_ENGINEER,
    "админ": Role.ADMIN,
    "администратор": Role.ADMIN,
}
_MOST_WORDS = 100
_LIFETIME = re.compile(r"(\d{1,3})([hd])")
_USES = re.compile(r"x(\d{1,3})")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


class GrantError(BadInputError):
    """Who gets what was not understood."""

    key = "error-grant"


class RightError(GrantError):
    """There is no such right."""

    key = "error-right"


class RevocationError(BadInputError):
    """Who loses what was not understood."""

    key = "error-revoke"


class BlockError(BadInputError):
    """Who is to be blocked was not said."""

    key = "error-block"


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
    who, *rest = _words(words) or [""]
    if not who:
        raise GrantError
    if len(rest) == 1 and rest[0].startswith("+"):
        return Grant(who, right=_right(rest[0]))
    role = _ROLES.get(rest[0].lower()) if rest else None
    scope = rest[1:] if role else rest
    if role is None and scope and not _is_scope(scope[0]):
        raise GrantError
    return Grant(who, role, Scope.parse(" ".join(scope)) if scope else None)


def parse_revocation(words: str | None) -> Grant:
    """Read `who`, or `who +right`.

    Raises:
        RevocationError, RightError
    """
    match _words(words):
        case [who]:
            return Grant(who)
        case [who, right] if right.startswith("+"):
            return Grant(who, right=_right(right))
        case _:
            raise RevocationError


def parse_block(words: str | None) -> str:
    """Read `who`.

    Raises:
        BlockError
    """
    match _words(words):
        case [who]:
            return who
        case _:
            raise BlockError


def parse_invitation(words: str) -> Terms:
    """Read `role [scope] [7d] [x5]`.

    Raises:
        InvitationWordsError, ScopeError
    """
    role, *rest = _words(words)
    if role.lower() not in _ROLES:
        raise InvitationWordsError
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
        raise RightError(rights=", ".join(Right)) from None


def _words(words: str | None) -> list[str]:
    return (words or "").split()[:_MOST_WORDS]


def _is_scope(word: str) -> bool:
    return ":" in word or word == EVERYTHING
