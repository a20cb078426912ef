"""What a report rests on, kept as it was when the report was opened: readings may be dropped, documents replaced."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter

from core.database import Names
from core.diagnostics.models import Severity
from core.diagnostics.summary import SensorSummary, State, SystemSummary


@dataclass(frozen=True, slots=True)
class SensorFact:
    """A sensor when the report was opened, and over the period before, in its unit; `outside` is a share, 0 to 1."""

    sensor_id: int
    names: Names
    unit: str
    state: State
    value: float | None = None
    limit: float | None = None
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    outside: float = 0.0
    per_day: float | None = None
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class SourceFact:
    """A passage of a document that was consulted; `place` is its section or page."""

    title: str
    revision: int
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sensors over the stretch of time from `begin` to `end`, and the documents consulted."""

    begin: datetime
    end: datetime
    sensors: tuple[SensorFact, ...] = ()
    sources: tuple[SourceFact, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return cast(dict[str, Any], _STORED.dump_python(self, mode="json"))

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Evidence | None":
        """Read what is stored; None where nothing is."""
        return _STORED.validate_python(stored) if stored else None


_STORED = TypeAdapter(Evidence)
_SEVERITIES = {State.CRITICAL: Severity.CRITICAL, State.HEALTHY: Severity.INFO}


def severity_of(summary: SystemSummary) -> Severity:
    """Return how bad the worst sensor is: what is not heard is a warning."""
    return _SEVERITIES.get(summary.state, Severity.WARNING)


def collect(summary: SystemSummary, *, sensors: Collection[int] = (), sources: Collection[SourceFact] = ()) -> Evidence:
    """Take down the facts of `sensors` (ids), or where none are given, of those that show something."""
    chosen = [s for s in summary.news_first() if (s.status.sensor.id in sensors if sensors else _shows_something(s))]
    return Evidence(summary.begin, summary.end, tuple(_fact(sensor) for sensor in chosen), tuple(sources))


def _shows_something(sensor: SensorSummary) -> bool:
    outside = sensor.statistics is not None and sensor.statistics.outside > 0
    unusual = sensor.baseline is not None and sensor.baseline.unusual
    return sensor.status.state is not State.HEALTHY or outside or unusual


def _fact(summary: SensorSummary) -> SensorFact:
    status, statistics, trend, baseline = summary.status, summary.statistics, summary.trend, summary.baseline
    value = status.last.value if status.last else None
    return SensorFact(
        sensor_id=status.sensor.id,
        names=status.sensor.names,
        unit=status.sensor.unit,
        state=status.state,
        value=value,
        limit=None if value is None else status.limits.reached(value),
        minimum=statistics.minimum if statistics else None,
        mean=statistics.mean if statistics else None,
        maximum=statistics.maximum if statistics else None,
        outside=statistics.outside if statistics else 0.0,
        per_day=trend.per_day if trend and trend.certain else None,
        usual=baseline.usual if baseline and baseline.unusual else None,
    )
