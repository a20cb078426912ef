"""What is known of a machine from its own past: its last two weeks, without what alarms say was not quiet."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.alerts.models import Alarm
from core.diagnostics.detection.baseline import FEWEST_ROWS
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.detection.history import History, Reading
from core.diagnostics.detection.modes import Behaviour
from core.diagnostics.detection.usual import Usual

LENGTH = timedelta(days=14)
REPLAYED = timedelta(days=1)
"""The newest part, which is not learnt from but run through: it tells how the machine is now."""
SETTLED = timedelta(days=7)
"""An alarm that has lasted for so long is how the machine is now: what comes later is learnt."""
_SHORTEST = timedelta(days=2)
"""Less history does not know a machine's shifts, loads and starts."""
_REPORTING = 0.5
"""Share of the quiet rows that a sensor has a value in, to be learnt with the others."""
_FRESH = timedelta(minutes=1)
"""Roll-ups of the last minute may be incomplete."""

_LAST_BY_MINUTE = text(
    """
    SELECT sensor_id, bucket, last FROM sensor_minutes
    WHERE sensor_id = ANY(CAST(:sensors AS int[])) AND bucket >= :since AND bucket < :until
    ORDER BY bucket
    """
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What was learnt from: quiet rows between two moments."""

    since: datetime
    until: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """How a machine usually is, in rows a `step` apart; `behaviour` is None where its sensors never report together.

    `rhythms`: how often each sensor reports.
    """

    step: timedelta
    rhythms: Mapping[int, timedelta]
    usual: Mapping[int, Usual]
    behaviour: Behaviour | None
    origin: Origin

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "origin": [self.origin.since.isoformat(), self.origin.until.isoformat(), self.origin.rows],
            "step_s": self.step.total_seconds(),
            "rhythms_s": {str(sensor): rhythm.total_seconds() for sensor, rhythm in self.rhythms.items()},
            "usual": {str(sensor): usual.to_json() for sensor, usual in self.usual.items()},
            "behaviour": self.behaviour.to_json() if self.behaviour is not None else None,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        usual = {int(sensor): Usual.from_json(one) for sensor, one in stored["usual"].items()}
        behaviour = stored["behaviour"]
        step = timedelta(seconds=stored["step_s"])
        rhythms = {int(sensor): timedelta(seconds=rhythm) for sensor, rhythm in stored["rhythms_s"].items()}
        since, until, rows = stored["origin"]
        origin = Origin(datetime.fromisoformat(since), datetime.fromisoformat(until), rows)
        return cls(step, rhythms, usual, Behaviour.from_json(behaviour) if behaviour is not None else None, origin)


async def learn(
    sessions: SessionFactory, system_id: int, sensors: Sequence[int], now: datetime
) -> tuple[Learnt, History] | None:
    """Return what the past teaches of a machine, and its newest part, to run through; None where it is too short."""
    async with sessions() as session:
        readings = await _readings(session, sensors, now - LENGTH, now)
        disturbed = await _disturbed(session, system_id, now - LENGTH)
    return await asyncio.to_thread(learn_from, readings, sensors, disturbed, now - REPLAYED)


async def newest(sessions: SessionFactory, sensors: Sequence[int], now: datetime) -> History | None:
    """Return a machine's newest past, to run through; None where there is none."""
    async with sessions() as session:
        return History.of(sensors, await _readings(session, sensors, now - REPLAYED, now))


async def _readings(session: AsyncSession, sensors: Sequence[int], since: datetime, now: datetime) -> list[Reading]:
    values = {"sensors": list(sensors), "since": since, "until": now - _FRESH}
    return [(row.sensor_id, row.bucket, row.last) for row in await session.execute(_LAST_BY_MINUTE, values)]


async def _disturbed(session: AsyncSession, system_id: int, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the machine had alarms, but for silence, which leaves nothing to learn from by itself."""
    query = select(Alarm.raised_at, Alarm.cleared_at).where(
        Alarm.system_id == system_id,
        Alarm.kind != AlarmKind.SILENCE,
        (Alarm.cleared_at.is_(None)) | (Alarm.cleared_at >= since),
    )
    ends = [(begin, begin + SETTLED, end) for begin, end in await session.execute(query)]
    return [(begin, settled if end is None else min(settled, end)) for begin, settled, end in ends]


def learn_from(
    readings: list[Reading],
    sensors: Sequence[int],
    disturbed: list[tuple[datetime, datetime]],
    replay_from: datetime,
) -> tuple[Learnt, History] | None:
    """Learn from readings in order of time; see `learn`."""
    heard = History.of(sensors, readings)
    if heard is None or heard.length < _SHORTEST:
        return None
    quiet = heard.outside(disturbed) & heard.before(replay_from)
    known = heard.rows(quiet)
    usual = {sensor: found for sensor in heard.sensors if (found := _usual(known, sensor)) is not None}
    origin = Origin(heard.begins, replay_from, len(known.times))
    learnt = Learnt(heard.step, heard.rhythms, usual, _behaviour(heard.carried().rows(quiet)), origin)
    return learnt, heard.rows(~heard.before(replay_from))


def _behaviour(quiet: History) -> Behaviour | None:
    """Learn the sensors together that report together, at least two of them; None where that is too seldom."""
    reporting = [s for s in quiet.sensors if len(quiet.of_sensor(s)[0]) >= _REPORTING * len(quiet.times)]
    together = quiet.columns(reporting)
    rows = together.rows(together.whole).values
    return Behaviour.learn(reporting, rows) if len(reporting) > 1 and len(rows) >= FEWEST_ROWS else None


def _usual(heard: History, sensor: int) -> Usual | None:
    values, seconds = heard.of_sensor(sensor)
    return Usual.learn(values, seconds) if len(values) >= FEWEST_ROWS else None
