"""What a case says, apart from the database: for words in a chat, and for messages that wait in the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter

from core.database import Names
from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.states import rank
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Sensor, System
from core.diagnostics.repairs.models import CaseState, RepairCase


@dataclass(frozen=True, slots=True)
class Signs:
    """How a trouble shows: the kind of alarm, the sensor (None: the machine as a whole), beyond which limit."""

    kind: str
    sensor_id: int | None
    above: bool | None

    @classmethod
    def of(cls, alarm: Alarm) -> "Signs":
        """Read the signs of an alarm; an anomaly's sensor is the one that contributed most."""
        sensor_id = alarm.sensor_id
        if sensor_id is None and (parts := alarm.details.get("contributions")):
            sensor_id = parts[0]["sensor_id"]
        two_sided = alarm.kind == AlarmKind.LIMIT and alarm.value is not None and alarm.limit is not None
        return cls(alarm.kind, sensor_id, (alarm.value or 0) > (alarm.limit or 0) if two_sided else None)

    def sensor(self, system: System) -> Sensor | None:
        """Return the sensor, one of the machine's, which are loaded."""
        return next((sensor for sensor in system.sensors if sensor.id == self.sensor_id), None)


def leading(alarms: Sequence[Alarm]) -> Alarm:
    """Return the alarm of a group that the others are told by: the worst it came to, the first of equals."""
    return max(alarms, key=lambda alarm: (rank(alarm.peak), -alarm.id))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Alarms of a group that were over at `over`, by what the worst of them showed.

    `sensor` is None where that was about the whole machine.
    """

    group_id: int
    machine: Names
    sensor: Names | None
    kind: str
    above: bool | None
    over: datetime

    @classmethod
    def of(cls, system: System, alarm: Alarm, over: datetime) -> "Trouble":
        """Read the leading alarm of a group; the machine's sensors are loaded."""
        signs = Signs.of(alarm)
        sensor = signs.sensor(system)
        return cls(alarm.group_id, system.names, sensor.names if sensor else None, signs.kind, signs.above, over)

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return cast(dict[str, Any], _TROUBLE.dump_python(self, mode="json"))

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Trouble":
        """Read what is stored."""
        return _TROUBLE.validate_python(stored)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is read. `author` told it, `by` reviewed it; `minutes` of work, None where nobody said."""

    id: int
    code: str
    machine: Names
    sensor: Names | None
    kind: str
    above: bool | None
    cause: str
    part: str
    minutes: int | None
    state: CaseState
    author: str
    by: str | None = None

    @classmethod
    def of(cls, row: RepairCase, system: System, sensor: Sensor | None) -> "Case":
        """Read a row."""
        return cls(
            id=row.id,
            code=system.code,
            machine=system.names,
            sensor=sensor.names if sensor is not None else None,
            kind=row.kind,
            above=row.above,
            cause=row.cause,
            part=row.part,
            minutes=row.minutes,
            state=CaseState(row.state),
            author=row.author_name,
            by=row.reviewer_name,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return cast(dict[str, Any], _CASE.dump_python(self, mode="json"))

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Case":
        """Read what is stored."""
        return _CASE.validate_python(stored)


_TROUBLE = TypeAdapter(Trouble)
_CASE = TypeAdapter(Case)
