"""Which alarms are meant: what silences, subscriptions and escalations are written in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from core.diagnostics.alerts.states import rank
from core.diagnostics.models import Severity
from core.users.scope import Place


@dataclass(frozen=True, slots=True)
class Labels:
    """What an alarm can be recognised by. `sensor` is empty where it is about the whole machine."""

    site: str
    machine: str
    kind: str
    sensor: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Matcher:
    """Alarms that agree in everything that is named; what is empty fits all.

    `sites` and `machines` name places together, as a scope does: an alarm fits at one of the sites or on one of the
    machines.
    """

    sites: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    at_least: Severity | None = None

    def matches(self, labels: Labels) -> bool:
        """Tell whether an alarm with `labels` is meant."""
        pairs = ((self.kinds, labels.kind), (self.sensors, labels.sensor))
        bad_enough = self.at_least is None or rank(labels.severity) >= rank(self.at_least)
        agrees = all(not wanted or value in wanted for wanted, value in pairs)
        return bad_enough and agrees and self.covers(labels.site, labels.machine)

    def covers(self, site: str, machine: str) -> bool:
        """Tell whether alarms of a machine can be meant."""
        return self.anywhere or site in self.sites or machine in self.machines

    @property
    def anywhere(self) -> bool:
        """Whether no place is named."""
        return not self.sites and not self.machines

    def with_place(self, place: Place, machines: Iterable[Place], *, whole_site: bool, chosen: bool) -> Self:
        """Return the matcher with a machine named, or the whole site where it stands, or no longer.

        `machines` are all that are known: where the whole site is named, single ones of it are not.
        """
        if whole_site:
            there = {machine.code for machine in machines if machine.site == place.site}
            sites = set(self.sites) - {place.site} | ({place.site} if chosen else set())
            return replace(self, sites=tuple(sorted(sites)), machines=tuple(sorted(set(self.machines) - there)))
        single = set(self.machines) - {place.code} | ({place.code} if chosen else set())
        return replace(self, machines=tuple(sorted(single)))

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads; only what is named."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        at_least = data.get("at_least")
        lists = {name: tuple(data.get(name, ())) for name in ("sites", "machines", "kinds", "sensors")}
        return cls(**lists, at_least=Severity(at_least) if at_least else None)
