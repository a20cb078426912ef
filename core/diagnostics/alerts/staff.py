"""Who can be called: members who may handle alarms, by name."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFoundError
from core.users.models import MEMBERS, User
from core.users.records import actor_of
from core.users.rights import Right

_LARGEST_ID = 2**63 - 1


class UnknownPersonError(NotFoundError):
    """Nobody by that id can be called: they left, blocked the bot, or may not handle alarms."""

    key = "error-oncall-person"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's name, and whether they can be called."""

    id: int
    name: str
    able: bool


async def staff(session: AsyncSession) -> list[Person]:
    """Return everybody who can be called, by name."""
    members = select(User).where(User.role.in_(MEMBERS), User.reachable).order_by(func.lower(User.name), User.id)
    return [_person(user) for user in await session.scalars(members) if _able(user)]


async def people(session: AsyncSession, ids: Collection[int]) -> dict[int, Person]:
    """Return who those are, also those who left; whom nobody knows is called by their id."""
    found = {user.id: _person(user) for user in await session.scalars(select(User).where(User.id.in_(ids)))}
    return {number: found.get(number, Person(number, str(number), able=False)) for number in ids}


async def callable_person(session: AsyncSession, user_id: int) -> Person:
    """Return somebody who can be called.

    Raises:
        UnknownPersonError
    """
    user = await session.get(User, user_id) if abs(user_id) <= _LARGEST_ID else None
    if user is None or not _able(user):
        raise UnknownPersonError
    return _person(user)


def _able(user: User) -> bool:
    return user.reachable and actor_of(user).may(Right.HANDLE_ALARMS)


def _person(user: User) -> Person:
    return Person(user.id, user.name, _able(user))
