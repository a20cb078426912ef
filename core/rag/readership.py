"""What somebody may be answered from: by the rights that a document asks for, and by the machines that they see."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.models import System
from core.diagnostics.scope import in_scope
from core.users.models import Role
from core.users.rights import Actor, Right


class Access(StrEnum):
    """Who may be answered from a document."""

    PUBLIC = "public"
    ENGINEER = "engineer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Readership:
    """Somebody who may read documents of any `access` named, about no machine in particular or one of `machines`.

    `machines` are codes; None: whichever.
    """

    access: tuple[str, ...] = (Access.PUBLIC,)
    machines: frozenset[str] | None = None

    def covers(self, access: str, machines: Collection[str]) -> bool:
        """Tell whether a document with that `access`, about those `machines` (none: all), may be read."""
        return access in self.access and (not machines or any(self.sees(code) for code in machines))

    def sees(self, machine: str | None) -> bool:
        """Tell whether the machine with that code may be talked about; None is no machine."""
        return machine is None or self.machines is None or machine in self.machines


PUBLIC = Readership()


async def readership(sessions: SessionFactory, actor: Actor) -> Readership:
    """Return what `actor` may be answered from."""
    async with sessions() as session:  # connects to nothing where nothing is asked
        return await readership_in(session, actor)


async def readership_in(session: AsyncSession, actor: Actor) -> Readership:
    """Do what `readership` does, within a transaction."""
    scope = actor.scope
    if scope.everything and not scope.public_only:
        return Readership(access_of(actor))
    return Readership(access_of(actor), frozenset(await session.scalars(select(System.code).where(in_scope(scope)))))


def access_of(actor: Actor) -> tuple[str, ...]:
    """Return whose documents `actor` may be answered from. In a group everybody reads along: what is public."""
    if actor.scope.public_only or not actor.is_member or actor.role is Role.VIEWER:
        return (Access.PUBLIC,)
    return tuple(Access) if actor.may(Right.MANAGE_DOCUMENTS) else (Access.PUBLIC, Access.ENGINEER)
