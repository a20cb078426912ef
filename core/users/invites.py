"""Invitations: signed codes that grant a role within a scope, for a while, to a few.

A code is a random name and a signature over what it grants. The database keeps the name's SHA-256 and the terms: a copy
of the database lets nobody in, and terms changed in it, or a changed link, no longer match the signature.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError
from core.users.audit import record
from core.users.models import MEMBERS, Invite, Role, User
from core.users.news import PeopleNews
from core.users.records import actor_of, rank, user_of
from core.users.rights import Actor, Right
from core.users.scope import WHOLE_PLANT, Scope
from core.users.signing import SigningKey

LIFETIME = timedelta(hours=24)
LONGEST_LIFETIME = timedelta(days=30)
MOST_USES = 100
_NAME_BYTES, _SIGNATURE_BYTES = 12, 16
_NAME_LENGTH, _CODE_LENGTH = 16, 38
"""In base64: what `t.me/bot?start=` carries is at most 64 characters of it."""


class InviteError(BadInputError):
    """The invitation does not exist, was used, or has expired: a guesser must not learn which."""

    key = "error-invite"


class InviteTermsError(BadInputError):
    """No such invitation can be made: a role that lets in, up to 30 days, up to 100 people, one for an admin."""

    key = "error-invite-terms"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation grants. `code` is known to nobody but its maker."""

    code: str
    role: Role
    scope: Scope
    expires_at: datetime
    uses: int


class InviteService:
    """Makes invitations, and lets people in who bring one."""

    def __init__(self, sessions: SessionFactory, clock: Clock, key: SigningKey, news: PeopleNews) -> None:
        self._sessions = sessions
        self._clock = clock
        self._key = key
        self._news = news

    async def create(
        self,
        actor: Actor,
        role: Role,
        *,
        scope: Scope = WHOLE_PLANT,
        lifetime: timedelta = LIFETIME,
        uses: int = 1,
    ) -> Invitation:
        """Make an invitation for `role` within `scope`, good for `lifetime` and for `uses` people.

        Raises:
            ForbiddenError, InviteTermsError
        """
        actor.require(Right.MANAGE_USERS)
        _check(role, lifetime, uses)
        name = _text(secrets.token_bytes(_NAME_BYTES))
        expires_at = (self._clock() + lifetime).replace(microsecond=0)
        invite = Invite(
            code_hash=_digest(name),
            role=role,
            scope=scope.dump(),
            max_uses=uses,
            uses=0,
            created_by=actor.id,
            created_at=self._clock(),
            expires_at=expires_at,
        )
        async with self._sessions.begin() as session:
            session.add(invite)
            terms = {"role": role, "scope": str(scope), "uses": uses, "expires_at": expires_at.isoformat()}
            record(session, actor, "user.invite", details=terms)
        return Invitation(name + await self._sign(name, invite), role, scope, expires_at, uses)

    async def void_all(self, actor: Actor) -> None:
        """Replace the key that signs invitations: those that are out let nobody in any more.

        Raises:
            ConfiguredKeyError: the key is a setting.
        """
        actor.require(Right.MANAGE_USERS)
        await self._key.rotate()
        async with self._sessions.begin() as session:
            record(session, actor, "invites.void")

    async def redeem(self, actor: Actor, code: str) -> Actor:
        """Use an invitation; nobody is less than before.

        Raises:
            InviteError: unknown, tampered with, used up or expired.
        """
        name, signature = code.strip()[:_NAME_LENGTH], code.strip()[_NAME_LENGTH:_CODE_LENGTH]
        async with self._sessions.begin() as session:
            invite = await session.get(Invite, _digest(name), with_for_update=True)
            if invite is None or len(code.strip()) != _CODE_LENGTH:
                raise InviteError
            signed = hmac.compare_digest((await self._sign(name, invite)).encode(), signature.encode())
            if not signed or invite.uses >= invite.max_uses or invite.expires_at <= self._clock():
                raise InviteError
            user = await user_of(session, actor.id, lock=True)
            if user.role == Role.BLOCKED:
                raise InviteError
            self._use(session, actor, invite, user)
            member = actor_of(user)
        await self._news.announce(user.id)
        return member

    def _use(self, session: AsyncSession, actor: Actor, invite: Invite, user: User) -> None:
        invite.uses += 1
        invite.used_by, invite.used_at = user.id, self._clock()
        before, offered = Role(user.role), Role(invite.role)
        if rank(offered) > rank(before):
            user.role, user.scope = offered, invite.scope
        elif offered is before:
            user.scope = (Scope.load(user.scope) | Scope.load(invite.scope)).dump()
        details = {"from": before, "to": user.role, "scope": str(Scope.load(user.scope))}
        record(session, actor, "user.redeem", target=user.id, details=details)

    async def _sign(self, name: str, invite: Invite) -> str:
        terms = [name, invite.role, invite.scope, int(invite.expires_at.timestamp()), invite.max_uses]
        signed = orjson.dumps(terms, option=orjson.OPT_SORT_KEYS)
        digest = hmac.new(await self._key.read(), signed, hashlib.sha256).digest()
        return _text(digest[:_SIGNATURE_BYTES])


def _check(role: Role, lifetime: timedelta, uses: int) -> None:
    sound = role in MEMBERS and timedelta() < lifetime <= LONGEST_LIFETIME and 1 <= uses <= MOST_USES
    if not sound or (role is Role.ADMIN and uses > 1):
        raise InviteTermsError


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
