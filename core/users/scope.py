"""Scope: which machines a person is concerned with, by site and by machine."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import BadInputError

_WORD = re.compile(r"(site|machine):([\w.-]{1,64})")
EVERYTHING = "all"


class ScopeError(BadInputError):
    """A scope is "all", or sites and machines: `site:north machine:press-2`."""

    key = "error-scope"


class Place(Protocol):
    """What a scope looks at; `core.diagnostics.models.System` is one."""

    @property
    def code(self) -> str:
        """The machine's code."""

    @property
    def site(self) -> str:
        """The code of the site it stands on."""

    @property
    def public(self) -> bool:
        """Whether group chats may see it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Machines: all of them, or those of some `sites` and some single `machines`, by code.

    `public_only` narrows either to what a group chat may see.
    """

    everything: bool = True
    sites: frozenset[str] = frozenset()
    machines: frozenset[str] = frozenset()
    public_only: bool = False

    def covers(self, place: Place) -> bool:
        """Tell whether the machine is in scope."""
        if self.public_only and not place.public:
            return False
        return self.everything or place.site in self.sites or place.code in self.machines

    def __or__(self, other: "Scope") -> "Scope":
        """Return the scope that covers what either covers."""
        public_only = self.public_only and other.public_only
        if self.everything or other.everything:
            return Scope(public_only=public_only)
        return Scope(False, self.sites | other.sites, self.machines | other.machines, public_only)

    @classmethod
    def of(cls, *, sites: frozenset[str] = frozenset(), machines: frozenset[str] = frozenset()) -> "Scope":
        """Return the scope of some sites and some machines."""
        return cls(everything=False, sites=sites, machines=machines)

    @classmethod
    def parse(cls, words: str) -> "Scope":
        """Read what a person writes: `all`, or `site:north machine:press-2` in any number.

        Raises:
            ScopeError: anything else.
        """
        parts = words.split()
        if parts == [EVERYTHING]:
            return WHOLE_PLANT
        found = [match.groups() for part in parts if (match := _WORD.fullmatch(part))]
        if not parts or len(found) != len(parts):
            raise ScopeError(words[:100])
        by_kind = {kind: frozenset(code for k, code in found if k == kind) for kind in ("site", "machine")}
        return cls.of(sites=by_kind["site"], machines=by_kind["machine"])

    def __str__(self) -> str:
        """Return what `parse` reads."""
        if self.everything:
            return EVERYTHING
        words = [f"site:{code}" for code in sorted(self.sites)] + [f"machine:{code}" for code in sorted(self.machines)]
        return " ".join(words)

    @classmethod
    def load(cls, stored: Mapping[str, Any] | None) -> "Scope":
        """Return what `dump` stored."""
        if stored is None:
            return WHOLE_PLANT
        return cls.of(sites=frozenset(stored["sites"]), machines=frozenset(stored["machines"]))

    def dump(self) -> dict[str, Any] | None:
        """Return the scope as JSON for the database; None: all machines."""
        if self.everything:
            return None
        return {"sites": sorted(self.sites), "machines": sorted(self.machines)}


WHOLE_PLANT = Scope()
