"""From rows to actors: what the services of this room share."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import ConflictError, ForbiddenError, NotFoundError
from core.users.models import MEMBERS, Role, Units, User
from core.users.rights import Actor, Right
from core.users.scope import Scope


class LastAdminError(ConflictError):
    """Nobody would be left to let people in."""

    key = "error-last-admin"


def member_id(actor: Actor) -> int:
    """Return the id of a person whom somebody let in.

    Raises:
        ForbiddenError: nobody let them in, or they are no person.
    """
    if not actor.is_member or actor.id is None:
        raise ForbiddenError(f"no member: {actor.role}")
    return actor.id


async def user_of(session: AsyncSession, user_id: int | None, *, lock: bool = False) -> User:
    """Return the row of a known user.

    Raises:
        NotFoundError: nobody by that id.
    """
    user = await session.get(User, user_id, with_for_update=lock) if user_id is not None else None
    if user is None:
        raise NotFoundError(f"no user {user_id}")
    return user


async def keep_an_admin(session: AsyncSession, user_id: int, role: Role) -> None:
    """Lock the admins, so that two of them can't demote each other at the same moment.

    Raises:
        LastAdminError: with `role` for that user, nobody would be left to let people in.
    """
    locked = select(User.id).where(User.role == Role.ADMIN).order_by(User.id).with_for_update()
    admins = set(await session.scalars(locked))
    if role != Role.ADMIN and admins == {user_id}:
        raise LastAdminError


def actor_of(user: User) -> Actor:
    """Return the person behind a row."""
    return Actor(
        id=user.id,
        name=user.name,
        role=Role(user.role),
        language=user.language,
        time_zone=user.time_zone,
        poor_signal=user.poor_signal,
        units=Units(user.units),
        scope=Scope.load(user.scope),
        extra=frozenset(Right(right) for right in user.extra_rights if right in set(Right)),
    )


def rank(role: Role) -> int:
    """Return how much a role may do: -1 for those who are not let in, then 0, 1..."""
    return MEMBERS.index(role) if role in MEMBERS else -1
