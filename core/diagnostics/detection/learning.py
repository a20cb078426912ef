"""Where baselines come from: a machine's last two weeks, without what alarms say was not quiet."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.alerts.models import Alarm
from core.diagnostics.detection.anomaly import AnomalyDetector
from core.diagnostics.detection.baseline import FEWEST_ROWS, Array, Baseline
from core.diagnostics.detection.conditions import Condition, Sample

LENGTH = timedelta(days=14)
REPLAYED = timedelta(days=1)
"""The newest part, which is not learnt from but run through: it tells how the machine is now."""
_SHORTEST = timedelta(days=2)
"""Less history does not know a machine's shifts, loads and starts."""
_FRESH = timedelta(minutes=1)
"""Roll-ups of the last minute may be incomplete."""

_LAST_BY_MINUTE = text(
    """
    SELECT sensor_id, bucket, last FROM sensor_minutes
    WHERE sensor_id = ANY(CAST(:sensors AS int[])) AND bucket >= :since AND bucket < :until
    ORDER BY bucket
    """
)


async def learn(
    sessions: SessionFactory, system_id: int, sensors: Sequence[int], now: datetime
) -> tuple[AnomalyDetector, Condition | None] | None:
    """Return a detector that has seen the machine up to `now`, and the anomaly that it sees there, if any.

    None where the history is too short, or the sensors do not report together.
    """
    if len(sensors) < 2:
        return None
    async with sessions() as session:
        values = {"sensors": list(sensors), "since": now - LENGTH, "until": now - _FRESH}
        readings = (await session.execute(_LAST_BY_MINUTE, values)).all()
        disturbed = await _disturbed(session, system_id, now - LENGTH)
    return await asyncio.to_thread(
        _learn, system_id, list(sensors), [tuple(row) for row in readings], disturbed, now - REPLAYED
    )


async def _disturbed(session: AsyncSession, system_id: int, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the machine had alarms."""
    query = select(Alarm.raised_at, Alarm.cleared_at).where(
        Alarm.system_id == system_id, (Alarm.cleared_at.is_(None)) | (Alarm.cleared_at >= since)
    )
    return [(begin, end or datetime.max.replace(tzinfo=UTC)) for begin, end in await session.execute(query)]


def _learn(
    system_id: int,
    sensors: list[int],
    readings: list[tuple[int, datetime, float]],
    disturbed: list[tuple[datetime, datetime]],
    replay_from: datetime,
) -> tuple[AnomalyDetector, Condition | None] | None:
    times, rows = _rows(sensors, readings)
    learnt = np.array([at < replay_from and not any(b <= at <= e for b, e in disturbed) for at in times], dtype=bool)
    if learnt.sum() < FEWEST_ROWS or times[-1] - times[0] < _SHORTEST:
        return None
    step = timedelta(seconds=float(np.median(np.diff([at.timestamp() for at in times]))))
    detector = AnomalyDetector(system_id, Baseline.learn(sensors, rows[learnt]), step)
    current: Condition | None = None
    for at, row in zip(times, rows, strict=True):
        if at < replay_from:
            continue
        for sensor, value in zip(sensors, row, strict=True):
            for condition in detector.feed(Sample(sensor, at, float(value))):
                current = condition if condition.severity is not None else None
    return detector, current


def _rows(sensors: list[int], readings: list[tuple[int, datetime, float]]) -> tuple[list[datetime], Array]:
    """Return the minutes in which all sensors reported, and their last values then, shape (minutes, sensors)."""
    minutes = sorted({at for _, at, _ in readings})
    line = {at: number for number, at in enumerate(minutes)}
    column = {sensor: number for number, sensor in enumerate(sensors)}
    table: Array = np.full((len(minutes), len(sensors)), np.nan)
    for sensor, at, value in readings:
        table[line[at], column[sensor]] = value
    whole: npt.NDArray[np.bool_] = np.asarray(np.isfinite(table).all(axis=1))
    return [at for at, complete in zip(minutes, whole, strict=True) if complete], table[whole]
