"""Rights: the one table of what each role may do, and the person on whose behalf a service works.

A new right: add it to `Right`, to the least role in the table below that has it, and to the table of the handlers or
commands it guards (`tests/security/permissions.py` says what is missing).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.errors import ForbiddenError, NotFoundError
from core.users.models import Role, Units
from core.users.scope import WHOLE_PLANT, Place, Scope


class Right(StrEnum):
    """Something a service may be asked to do."""

    ASK = "ask"
    SEE_MACHINES = "see_machines"
    EXPORT_READINGS = "export_readings"
    WORK_ON_REPORTS = "work_on_reports"
    SEE_HEALTH = "see_health"
    HANDLE_ALARMS = "handle_alarms"
    REVIEW_REPAIRS = "review_repairs"
    MANAGE_DOCUMENTS = "manage_documents"
    MANAGE_INDEX = "manage_index"
    MANAGE_USERS = "manage_users"
    MANAGE_DATABASE = "manage_database"
    MANAGE_READINGS = "manage_readings"
    MANAGE_ALARMS = "manage_alarms"


_VIEWER = frozenset({Right.ASK, Right.SEE_MACHINES})
_ENGINEER = _VIEWER | {Right.EXPORT_READINGS, Right.WORK_ON_REPORTS, Right.HANDLE_ALARMS}
_SENIOR_ENGINEER = _ENGINEER | {Right.SEE_HEALTH, Right.MANAGE_DOCUMENTS, Right.REVIEW_REPAIRS}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.PENDING: frozenset(),
    Role.BLOCKED: frozenset(),
    Role.VIEWER: _VIEWER,  # looks and asks
    Role.ENGINEER: _ENGINEER,  # works on machines
    Role.SENIOR_ENGINEER: _SENIOR_ENGINEER,  # looks after what others work with
    Role.ADMIN: frozenset(Right),
}
"""Each role has all that the one above it has."""


class OutOfScopeError(NotFoundError):
    """The machine is none of the actor's: they are told no more than about one that does not exist."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: services check its rights themselves, whatever face the request came through.

    `extra` rights were granted on top of the role's; `scope` says at which machines all of them hold.
    """

    id: int | None
    name: str
    role: Role
    language: str = "en"
    time_zone: str = "UTC"
    poor_signal: bool = False
    units: Units = Units.METRIC
    scope: Scope = WHOLE_PLANT
    extra: frozenset[Right] = frozenset()

    def may(self, right: Right, *, machine: Place | None = None) -> bool:
        """Tell whether the actor has `right`, at that `machine` if one is given."""
        if right not in RIGHTS[self.role] and not (self.is_member and right in self.extra):
            return False
        return machine is None or self.sees(machine)

    def require(self, right: Right, *, machine: Place | None = None) -> None:
        """Raise unless the actor has `right`, at that `machine` if one is given.

        Raises:
            ForbiddenError: no such right.
            OutOfScopeError: not at this machine.
        """
        if not self.may(right):
            raise ForbiddenError(f"{self.role} may not {right}")
        if machine is not None and not self.sees(machine):
            raise OutOfScopeError(f"{machine.code} is out of scope")

    def sees(self, machine: Place) -> bool:
        """Tell whether the machine is in the actor's scope."""
        return self.scope.covers(machine)

    def keeps(self, before: "Actor") -> bool:
        """Tell whether the actor still has every right, and sees every machine, that they had `before`."""
        kept = all(self.may(right) for right in Right if before.may(right))
        return kept and self.scope | before.scope == self.scope

    def in_group(self) -> "Actor":
        """Return the actor as they are in a group, where everybody reads along.

        They are no more than an engineer there, and only public machines can be seen.
        """
        role = Role.ENGINEER if self.role in (Role.SENIOR_ENGINEER, Role.ADMIN) else self.role
        return replace(self, role=role, extra=frozenset(), scope=replace(self.scope, public_only=True))

    @property
    def is_member(self) -> bool:
        """Whether somebody let the actor in."""
        return self.role not in (Role.PENDING, Role.BLOCKED)

    @property
    def zone(self) -> ZoneInfo:
        """The actor's time zone."""
        return ZoneInfo(self.time_zone)


OPERATOR = Actor(id=None, name="operator", role=Role.ADMIN)
"""Whoever can run commands on the server itself (the `hydrodiag` command, workers, cron)."""
