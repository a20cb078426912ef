"""What digests are made of, read in one go."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.diagnostics.alerts.cards import read_lines
from core.diagnostics.alerts.models import Alarm, Silence
from core.diagnostics.digests.news import Noted, Plant
from core.diagnostics.digests.trends import read_approaches
from core.diagnostics.handovers.models import Handover
from core.diagnostics.models import OperatingStatus, Severity, System
from core.diagnostics.scope import in_scope
from core.users.scope import Scope


async def read_plant(session: AsyncSession, scope: Scope, since: datetime, now: datetime) -> Plant:
    """Return the machines of `scope`, their alarms that stand or ended after `since`, silences, and trends."""
    query = select(System).where(in_scope(scope), System.status != OperatingStatus.DECOMMISSIONED)
    systems = (await session.scalars(query.options(selectinload(System.sensors)).order_by(System.code))).all()
    silences = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now).order_by(Silence.ends_at)
    handovers = select(Handover).where(Handover.at >= since).order_by(Handover.id.desc())
    return Plant(
        tuple(systems),
        await _alarms(session, systems, since, now),
        tuple(await session.scalars(silences)),
        tuple(await read_approaches(session, systems, now)),
        tuple(await session.scalars(handovers)),
    )


async def _alarms(
    session: AsyncSession, systems: Sequence[System], since: datetime, now: datetime
) -> dict[int, tuple[Noted, ...]]:
    told = or_(Alarm.active, Alarm.cleared_at >= since)
    ids = [system.id for system in systems]
    rows: dict[int, list[Alarm]] = {}
    for alarm in await session.scalars(select(Alarm).where(told, Alarm.system_id.in_(ids)).order_by(Alarm.id)):
        rows.setdefault(alarm.system_id, []).append(alarm)
    return {system.id: await _noted(session, system, rows[system.id], now) for system in systems if system.id in rows}


async def _noted(session: AsyncSession, system: System, alarms: Collection[Alarm], now: datetime) -> tuple[Noted, ...]:
    lines = await read_lines(session, system, list(alarms), now)
    return tuple(Noted(alarm.group_id, Severity(alarm.peak), line) for alarm, line in zip(alarms, lines, strict=True))
