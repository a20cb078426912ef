"""When a machine's alarms stood, sensor by sensor: what a summary draws."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.models import Alarm
from core.diagnostics.models import Severity
from core.diagnostics.summary import AlarmSpan


async def read_alarm_spans(
    session: AsyncSession, system_id: int, sensors: Sequence[int], begin: datetime, end: datetime
) -> dict[int, list[AlarmSpan]]:
    """Return per sensor id its alarms that stood between `begin` and `end`, the earliest first.

    An alarm of the whole machine is one of the sensors that contributed to it; of all where none are known. An alarm
    that ended after `end` had not ended then.
    """
    query = (
        select(Alarm.sensor_id, Alarm.raised_at, Alarm.cleared_at, Alarm.peak, Alarm.details)
        .where(Alarm.system_id == system_id, Alarm.raised_at <= end)
        .where(or_(Alarm.cleared_at >= begin, Alarm.cleared_at.is_(None)))
        .order_by(Alarm.raised_at, Alarm.id)
    )
    spans: dict[int, list[AlarmSpan]] = defaultdict(list)
    for sensor_id, raised_at, cleared_at, peak, details in await session.execute(query):
        until = cleared_at if cleared_at is not None and cleared_at <= end else None
        span = AlarmSpan(raised_at, until, critical=peak == Severity.CRITICAL)
        for number in [sensor_id] if sensor_id is not None else _contributors(details) or sensors:
            spans[number].append(span)
    return spans


def _contributors(details: dict[str, Any]) -> list[int]:
    return [part["sensor_id"] for part in details.get("contributions", ())]
