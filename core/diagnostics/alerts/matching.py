"""Which alarms are meant: what silences, subscriptions and escalations are written in."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from core.diagnostics.alerts.states import rank
from core.diagnostics.models import Severity


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
    """Alarms that agree in everything that is named; what is empty fits all."""

    sites: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()
    at_least: Severity | None = None

    def matches(self, labels: Labels) -> bool:
        """Tell whether an alarm with `labels` is meant."""
        pairs = (
            (self.sites, labels.site),
            (self.machines, labels.machine),
            (self.kinds, labels.kind),
            (self.sensors, labels.sensor),
        )
        bad_enough = self.at_least is None or rank(labels.severity) >= rank(self.at_least)
        return bad_enough and all(not wanted or value in wanted for wanted, value in pairs)

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads; only what is named."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        at_least = data.get("at_least")
        lists = {name: tuple(data.get(name, ())) for name in ("sites", "machines", "kinds", "sensors")}
        return cls(**lists, at_least=Severity(at_least) if at_least else None)
