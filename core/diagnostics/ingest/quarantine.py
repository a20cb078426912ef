"""The quarantine, for people: seen by reason, mended by mapping names, replayed, or discarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.ingest.blocks import Block, Reason
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.ingest.models import QuarantinedReading, SensorAlias, UnitAlias
from core.diagnostics.ingest.units import UnknownUnitError, check_unit
from core.diagnostics.models import Sensor, System
from core.errors import BadInputError, ConflictError, NotFoundError
from core.users.audit import record
from core.users.rights import Actor, Right

_REPLAY_ROWS = 5000


class NoSuchGroupError(NotFoundError):
    """There are no such readings in quarantine (any more)."""

    key = "quarantine-error-gone"


class NoSuchSensorError(NotFoundError):
    """There is no sensor of this name."""

    key = "quarantine-error-sensor"


class NoSuchUnitError(BadInputError):
    """Nobody knows such a unit."""

    key = "quarantine-error-unit"


class GroupChangedError(ConflictError):
    """More readings have come than were seen."""

    key = "quarantine-error-changed"


class NotMappableError(BadInputError):
    """Only unknown sensors and units can be mapped to known ones."""

    key = "quarantine-error-not-mappable"


@dataclass(frozen=True, slots=True)
class Group:
    """Readings refused for one reason, of one sensor in one unit as they were named. `number` is the first one's."""

    number: int
    reason: Reason
    sensor: str | None
    unit: str | None
    count: int
    first: datetime
    last: datetime
    source: str
    example: bytes


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many readings went into the table, and how many stay."""

    accepted: int = 0
    left: int = 0


class QuarantineService:
    """Needs the right to manage readings; who changed what is in the audit log."""

    def __init__(self, sessions: SessionFactory, intake: Intake) -> None:
        self._sessions = sessions
        self._intake = intake

    async def groups(self, actor: Actor, limit: int = 20) -> Sequence[Group]:
        """Return the groups, the largest first."""
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions() as session:
            return await _groups(session, limit=limit)

    async def group(self, actor: Actor, number: int) -> Group:
        """Return the group that reading `number` belongs to.

        Raises:
            NoSuchGroupError.
        """
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions() as session:
            found = await _groups(session, await _same(session, number), limit=1)
        return found[0]

    async def map(self, actor: Actor, number: int, to: str) -> Group:
        """Let the sensor (or unit) of a group be known as the sensor `to` (machine/sensor), or the unit.

        Raises:
            NoSuchGroupError, NotMappableError, NoSuchSensorError, NoSuchUnitError.
        """
        group = await self.group(actor, number)
        if group.reason == Reason.UNKNOWN_SENSOR and group.sensor:
            await self.map_sensor(actor, group.sensor, to)
        elif group.reason == Reason.UNKNOWN_UNIT and group.unit:
            await self.map_unit(actor, group.unit, to)
        else:
            raise NotMappableError(f"{group.reason} is not mended by a name")
        return group

    async def map_sensor(self, actor: Actor, name: str, to: str) -> None:
        """Let `name` mean the sensor `to`, written machine/sensor.

        Raises:
            NoSuchSensorError.
        """
        actor.require(Right.MANAGE_READINGS)
        machine, _, code = to.strip().partition("/")
        wanted = select(Sensor.id).join(Sensor.system).where(System.code == machine, Sensor.code == code)
        async with self._sessions.begin() as session:
            if (sensor_id := await session.scalar(wanted)) is None:
                raise NoSuchSensorError(f"there is no sensor {to!r}", sensor=to)
            statement = insert(SensorAlias).values(name=name.strip(), sensor_id=sensor_id)
            await session.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"sensor_id": sensor_id})
            )
            record(session, actor, "readings.map_sensor", target=name, details={"to": to})

    async def map_unit(self, actor: Actor, name: str, to: str) -> None:
        """Let `name` mean the unit `to`.

        Raises:
            NoSuchUnitError.
        """
        actor.require(Right.MANAGE_READINGS)
        try:
            check_unit(to)
        except UnknownUnitError as error:
            raise NoSuchUnitError(str(error), unit=to) from error
        async with self._sessions.begin() as session:
            statement = insert(UnitAlias).values(name=name.strip(), unit=to.strip())
            await session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"unit": to.strip()}))
            record(session, actor, "readings.map_unit", target=name, details={"to": to})

    async def replay(self, actor: Actor, number: int | None = None) -> Replayed:
        """Try the group of reading `number`, or all that could be parsed, again.

        Raises:
            NoSuchGroupError.
        """
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions() as session:
            of_group = await _same(session, number) if number is not None else QuarantinedReading.sensor.is_not(None)
        total, place, step = Replayed(), 0, 1
        while step:
            step, place, accepted = await self._replay_some(of_group, place)
            total = Replayed(total.accepted + accepted, total.left + step - accepted)
        async with self._sessions.begin() as session:
            record(session, actor, "readings.replay", target=number, details={"accepted": total.accepted})
        return total

    async def discard(self, actor: Actor, number: int, *, seen: int | None = None) -> int:
        """Delete the group of reading `number`; return how many readings it had, which must be `seen` if given.

        Raises:
            NoSuchGroupError, GroupChangedError.
        """
        actor.require(Right.MANAGE_READINGS)
        async with self._sessions.begin() as session:
            (group,) = await _groups(session, same := await _same(session, number), limit=1)
            gone = await session.scalars(delete(QuarantinedReading).where(same).returning(QuarantinedReading.id))
            count = len(gone.all())
            if seen not in (None, count):
                raise GroupChangedError(f"{count} readings instead of {seen}")
            details = {"reason": group.reason, "sensor": group.sensor, "unit": group.unit, "count": count}
            record(session, actor, "readings.discard", target=number, details=details)
        return count

    async def _replay_some(self, of_group: ColumnElement[bool], place: int) -> tuple[int, int, int]:
        """Replay the next readings behind `place`; return how many were tried, the last one, and how many accepted."""
        query = (
            select(QuarantinedReading)
            .where(of_group, QuarantinedReading.sensor.is_not(None), QuarantinedReading.id > place)
            .order_by(QuarantinedReading.id)
            .limit(_REPLAY_ROWS)
            .with_for_update()
        )
        async with self._sessions.begin() as session:
            rows = (await session.scalars(query)).all()
            if not rows:
                return 0, place, 0
            refused = (await self._intake.retry(session, _block(rows))).refused
            reasons = {int(one.raw): one.reason for one in refused}
            for row in rows:
                if row.id in reasons:
                    row.reason = reasons[row.id]
            accepted = [row.id for row in rows if row.id not in reasons]
            await session.execute(delete(QuarantinedReading).where(QuarantinedReading.id.in_(accepted)))
            return len(rows), rows[-1].id, len(accepted)


async def _same(session: AsyncSession, number: int) -> ColumnElement[bool]:
    row = await session.get(QuarantinedReading, number)
    if row is None:
        raise NoSuchGroupError(f"reading {number} is not in quarantine")
    return (
        (QuarantinedReading.reason == row.reason)
        & QuarantinedReading.sensor.is_not_distinct_from(row.sensor)
        & QuarantinedReading.unit.is_not_distinct_from(row.unit)
    )


async def _groups(session: AsyncSession, where: ColumnElement[bool] | None = None, *, limit: int) -> list[Group]:
    table = QuarantinedReading
    grouped = (
        select(
            func.min(table.id).label("number"),
            func.count().label("count"),
            func.min(table.received_at).label("first"),
            func.max(table.received_at).label("last"),
        )
        .where(*([] if where is None else [where]))
        .group_by(table.reason, table.sensor, table.unit)
        .order_by(func.count().desc(), func.min(table.id))
        .limit(limit)
        .subquery()
    )
    query = select(table, grouped).join(grouped, grouped.c.number == table.id)
    rows = await session.execute(query.order_by(grouped.c.count.desc(), grouped.c.number))
    return [
        Group(number, Reason(row.reason), row.sensor, row.unit, count, first, last, row.source, row.raw)
        for row, number, count, first, last in rows
    ]


def _block(rows: Sequence[QuarantinedReading]) -> Block:
    """Return rows as a block whose raw bytes are their numbers."""
    return Block(
        [row.sensor or "" for row in rows],
        [row.time or "" for row in rows],
        [row.value or "" for row in rows],
        [row.unit or "" for row in rows],
        [row.quality or "" for row in rows],
        [str(row.id) for row in rows],
    )
