"""Rights: what each role may do, and the person on whose behalf a service works."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.errors import ForbiddenError
from core.users.models import Role


class Right(StrEnum):
    """Something a service may be asked to do."""

    ASK = "ask"
    SEE_MACHINES = "see_machines"
    SEE_HEALTH = "see_health"
    MANAGE_DOCUMENTS = "manage_documents"
    MANAGE_INDEX = "manage_index"
    MANAGE_USERS = "manage_users"
    MANAGE_DATABASE = "manage_database"


_ENGINEER = frozenset({Right.ASK, Right.SEE_MACHINES})
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.PENDING: frozenset(),
    Role.BLOCKED: frozenset(),
    Role.ENGINEER: _ENGINEER,
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: services check its rights themselves, whatever face the request came through."""

    id: int | None
    name: str
    role: Role
    language: str = "en"
    time_zone: str = "UTC"
    poor_signal: bool = False

    def may(self, right: Right) -> bool:
        """Tell whether the actor's role has `right`."""
        return right in RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """Raise ForbiddenError unless the actor's role has `right`."""
        if not self.may(right):
            raise ForbiddenError(f"{self.role} may not {right}")

    @property
    def zone(self) -> ZoneInfo:
        """The actor's time zone."""
        return ZoneInfo(self.time_zone)


OPERATOR = Actor(id=None, name="operator", role=Role.ADMIN)
"""Whoever can run commands on the server itself (the `hydrodiag` command, workers, cron)."""
