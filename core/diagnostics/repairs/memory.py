"""What approved cases say of an alarm: how often it was seen, and what it was."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.database import SessionFactory
from core.diagnostics.alerts.models import Alarm
from core.diagnostics.models import Sensor, System
from core.diagnostics.repairs.facts import Case, Signs
from core.diagnostics.repairs.models import CaseState, RepairCase
from core.diagnostics.scope import in_scope
from core.users.rights import Actor, Right
from core.users.scope import Scope

_LOOKED_AT = 200
"""The newest cases that count: what was replaced years ago on a machine that was rebuilt since says little."""
Counts = tuple[tuple[str, int], ...]
"""Words and how often they were told, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the same alarm was before: on this very machine (`here`), and on others of its type (`elsewhere`)."""

    here: Counts = field(default=())
    elsewhere: Counts = field(default=())


@dataclass(frozen=True, slots=True)
class Remembered:
    """An approved case; `here`: of the machine in question itself. `quantity` is what its sensor measures, or empty."""

    case: Case
    quantity: str
    here: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What was told before of the same alarm on machines of that type, the likeliest first."""

    causes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


class RepairMemory:
    """Counts approved cases within a reader's scope."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def seen(self, reader: Actor, alarm_id: int) -> Seen:
        """Return what the alarm was before, on machines that the reader sees."""
        if not reader.may(Right.SEE_MACHINES):
            return Seen()
        async with self._sessions() as session:
            alarm = await session.get(Alarm, alarm_id)
            system = await session.get(System, alarm.system_id) if alarm is not None else None
            if alarm is None or system is None:
                return Seen()
            cases = await alike(session, reader.scope, system, Signs.of(alarm))
        here = [_label(case) for case in cases if case.system_id == system.id]
        return Seen(counted(here), counted(_label(case) for case in cases if case.system_id != system.id))

    async def told(self, reader: Actor, code: str | None) -> list[Remembered]:
        """Return approved cases of the machine with that code and of others of its type, or of all machines.

        The newest first, on machines that the reader sees.
        """
        if not reader.may(Right.SEE_MACHINES):
            return []
        query = (
            select(RepairCase, System, Sensor)
            .join(System, System.id == RepairCase.system_id)
            .outerjoin(Sensor, Sensor.id == RepairCase.sensor_id)
            .where(RepairCase.state == CaseState.APPROVED, in_scope(reader.scope))
            .order_by(RepairCase.id.desc())
            .limit(_LOOKED_AT)
        )
        if code is not None:
            meant = aliased(System)
            query = query.where(System.kind.in_(select(meant.kind).where(meant.code == code)))
        async with self._sessions() as session:
            return [
                Remembered(Case.of(row, system, sensor), sensor.quantity if sensor else "", system.code == code)
                for row, system, sensor in await session.execute(query)
            ]


async def alike(session: AsyncSession, scope: Scope, system: System, signs: Signs) -> Sequence[RepairCase]:
    """Return approved cases with the same signs on machines of the same type, the newest first.

    A sensor of another machine is the same one where it has the same code.
    """
    return (await session.scalars(_alike(scope, system, signs).limit(_LOOKED_AT))).all()


def _alike(scope: Scope, system: System, signs: Signs) -> Select[RepairCase]:
    query = (
        select(RepairCase)
        .join(System, System.id == RepairCase.system_id)
        .where(
            RepairCase.state == CaseState.APPROVED,
            RepairCase.kind == signs.kind,
            RepairCase.above.is_not_distinct_from(signs.above),
            System.kind == system.kind,
            in_scope(scope),
        )
        .order_by(RepairCase.id.desc())
    )
    if signs.sensor_id is None:
        return query.where(RepairCase.sensor_id.is_(None))
    theirs, ours = aliased(Sensor), aliased(Sensor)
    same = select(theirs.id).join(ours, ours.code == theirs.code).where(ours.id == signs.sensor_id)
    return query.where(RepairCase.sensor_id.in_(same))


def counted(words: Iterable[str]) -> Counts:
    """Count words; upper and lower case are the same, and the newest spelling is kept."""
    spellings: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for word in words:
        key = " ".join(word.casefold().split())
        if key:
            spellings.setdefault(key, word)
            counts[key] += 1
    return tuple((spellings[key], count) for key, count in counts.most_common())


def known(cases: Sequence[RepairCase]) -> Known:
    """Return the causes and parts of `cases`."""
    causes, parts = counted(case.cause for case in cases), counted(case.part for case in cases)
    return Known(tuple(word for word, _ in causes), tuple(word for word, _ in parts))


def _label(case: RepairCase) -> str:
    return case.cause or case.part
