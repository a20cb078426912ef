"""From rows to actors: what the services of this room share."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFoundError
from core.users.models import MEMBERS, Role, Units, User
from core.users.rights import Actor, Right
from core.users.scope import Scope


async def user_of(session: AsyncSession, user_id: int | None, *, lock: bool = False) -> User:
    """Return the row of a known user.

    Raises:
        NotFoundError: nobody by that id.
    """
    user = await session.get(User, user_id, with_for_update=lock) if user_id is not None else None
    if user is None:
        raise NotFoundError(f"no user {user_id}")
    return user


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
