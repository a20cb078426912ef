"""Repair cases, told by whoever may work on the machine, and reviewed by whoever answers for what others are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from core.clock import Clock
from core.database import Names, SessionFactory
from core.diagnostics.alerts.audience import quiet_hours
from core.diagnostics.alerts.desk import UnknownAlarmError
from core.diagnostics.alerts.models import Alarm, AlarmGroup
from core.diagnostics.models import Sensor, System
from core.diagnostics.repairs.facts import Case, Signs, Trouble, leading
from core.diagnostics.repairs.memory import Known, alike, known
from core.diagnostics.repairs.models import CaseState, RepairCase
from core.diagnostics.repairs.words import one_line, work
from core.diagnostics.scope import in_scope
from core.diagnostics.service import pick
from core.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from core.outbox import Notice, Outbox
from core.users.audit import record
from core.users.models import MEMBERS, User
from core.users.records import actor_of
from core.users.rights import Actor, Right

RECENT = timedelta(days=30)
"""How long after the end of an alarm people are offered to tell what it was."""
MOST_TROUBLES = 6
MOST_WAITING = 6


class AlarmNotOverError(ConflictError):
    """What was behind an alarm is told once it is over: until then nobody knows whether it helped."""

    key = "repair-not-over"


class ToldAlreadyError(ConflictError):
    """Somebody told it before."""

    key = "repair-told-already"


class NothingToldError(BadInputError):
    """A case without cause and part tells nothing."""

    key = "repair-nothing-told"


class CaseNotFoundError(NotFoundError):
    """No such case on any machine of the actor's."""

    key = "repair-not-found"


class OwnCaseError(ForbiddenError):
    """Who told a case does not review it, where somebody else can."""

    key = "repair-own"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an alarm that is over, and what it probably was; `components` are names of the machine's parts,
    the sensor's own in front.
    """

    trouble: Trouble
    known: Known
    components: tuple[Names, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told: empty, or None, where they don't say."""

    cause: str = ""
    part: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A case after somebody decided on it. Not `fresh`: somebody had decided before, and that stands."""

    case: Case
    fresh: bool


class RepairService:
    """Keeps the cases."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox

    async def ask(self, actor: Actor, group_id: int) -> Question:
        """Return what to ask of a group of alarms.

        Raises:
            ForbiddenError: the actor may not work on machines.
            UnknownAlarmError: no such alarms, or not on their machines.
            AlarmNotOverError, ToldAlreadyError
        """
        async with self._sessions() as session:
            system, alarm, over = await _over(session, actor, group_id)
            signs = Signs.of(alarm)
            sensor = signs.sensor(system)
            cases = await alike(session, actor.scope, system, signs)
        own = sensor.component_id if sensor is not None else None
        parts = sorted(system.components, key=lambda part: (part.id != own, part.id))
        return Question(Trouble.of(system, alarm, over), known(cases), tuple(part.names for part in parts))

    async def troubles(self, actor: Actor, wanted: str | None = None) -> tuple[Trouble, ...]:
        """Return alarms of the actor's machines, or of one, that were over lately and that nobody has told of, the
        newest first.

        Raises:
            ForbiddenError: the actor may not work on machines.
            UnknownSystemError, AmbiguousSystemError: none of the actor's machines, or several, are called that.
        """
        actor.require(Right.WORK_ON_REPORTS)
        told = exists().where(RepairCase.alarm_group_id == AlarmGroup.id, RepairCase.state != CaseState.REJECTED)
        query = (
            select(AlarmGroup.id)
            .join(System, System.id == AlarmGroup.system_id)
            .where(in_scope(actor.scope), AlarmGroup.closed_at >= self._clock() - RECENT, ~told)
            .order_by(AlarmGroup.closed_at.desc(), AlarmGroup.id.desc())
            .limit(MOST_TROUBLES)
        )
        async with self._sessions() as session:
            if wanted is not None:
                systems = (await session.scalars(select(System).where(in_scope(actor.scope)))).all()
                query = query.where(System.id == pick(systems, wanted).id)
            groups = (await session.scalars(query)).all()
            return tuple([Trouble.of(*await _over(session, actor, group_id)) for group_id in groups])

    async def propose(self, actor: Actor, group_id: int, told: Told) -> Case:
        """Write down what was behind a group of alarms, and have it reviewed.

        Raises:
            ForbiddenError, UnknownAlarmError, AlarmNotOverError, ToldAlreadyError: as `ask`.
            NothingToldError, RepairWordsError, WorkTooLongError
        """
        actor.require(Right.WORK_ON_REPORTS)
        cause, part, minutes = one_line(told.cause), one_line(told.part), work(told.minutes)
        if not (cause or part):
            raise NothingToldError
        async with self._sessions.begin() as session:
            system, alarm, _ = await _over(session, actor, group_id, lock=True)
            signs = Signs.of(alarm)
            sensor = signs.sensor(system)
            row = RepairCase(
                system_id=system.id,
                sensor_id=sensor.id if sensor is not None else None,
                alarm_group_id=group_id,
                kind=signs.kind,
                above=signs.above,
                cause=cause,
                part=part,
                minutes=minutes,
                state=CaseState.PROPOSED,
                author_id=actor.id,
                author_name=actor.name,
                proposed_at=self._clock(),
            )
            session.add(row)
            await session.flush()
            record(session, actor, "repair.propose", target=row.id, details={"machine": system.code})
            case = Case.of(row, system, sensor)
            await self._have_reviewed(session, row, system, case)
            return case

    async def decide(self, actor: Actor, case_id: int, *, approve: bool) -> Decision:
        """Approve a case, which from then on is told to others, or reject it; what was decided before stands.

        Raises:
            ForbiddenError: the actor may not review.
            CaseNotFoundError: no such case, or not on their machines.
            OwnCaseError: the actor told it, and somebody else may review it.
        """
        actor.require(Right.REVIEW_REPAIRS)
        async with self._sessions.begin() as session:
            row, system, sensor = await _find(session, actor, case_id, lock=True)
            others = await _reviewers(session, system, row)
            if row.state != CaseState.PROPOSED:
                return Decision(Case.of(row, system, sensor), fresh=False)
            if others and row.author_id is not None and row.author_id == actor.id:
                raise OwnCaseError
            case = await self._settle(session, actor, row, (system, sensor), "approve" if approve else "reject")
        # Who sleeps need not be asked in the morning.
        await self._outbox.withdraw([_key(Notice.REPAIR_PROPOSED, case.id, user.id) for user in others])
        return Decision(case, fresh=True)

    async def withdraw(self, actor: Actor, case_id: int) -> Decision:
        """Reject a case that was approved before: nobody is told of it any more, and the alarm can be told of anew.

        Raises:
            ForbiddenError, CaseNotFoundError: as `decide`.
        """
        actor.require(Right.REVIEW_REPAIRS)
        async with self._sessions.begin() as session:
            row, system, sensor = await _find(session, actor, case_id, lock=True)
            if row.state != CaseState.APPROVED:
                return Decision(Case.of(row, system, sensor), fresh=False)
            return Decision(await self._settle(session, actor, row, (system, sensor), "withdraw"), fresh=True)

    async def get(self, actor: Actor, case_id: int) -> Case:
        """Return a case: an approved one to whoever sees its machine, others to those who may work there.

        Raises:
            ForbiddenError: the actor may not see machines.
            CaseNotFoundError
        """
        actor.require(Right.SEE_MACHINES)
        async with self._sessions() as session:
            row, system, sensor = await _find(session, actor, case_id)
        if row.state != CaseState.APPROVED and not actor.may(Right.WORK_ON_REPORTS):
            raise CaseNotFoundError(number=case_id)
        return Case.of(row, system, sensor)

    async def waiting(self, actor: Actor) -> tuple[Case, ...]:
        """Return the cases that wait for a review by the actor, the oldest first; none for who may not review."""
        if not actor.may(Right.REVIEW_REPAIRS):
            return ()
        query = (
            select(RepairCase, System, Sensor)
            .join(System, System.id == RepairCase.system_id)
            .outerjoin(Sensor, Sensor.id == RepairCase.sensor_id)
            .where(in_scope(actor.scope), RepairCase.state == CaseState.PROPOSED)
            .order_by(RepairCase.id)
            .limit(MOST_WAITING)
        )
        async with self._sessions() as session:
            return tuple(Case.of(*row) for row in await session.execute(query))

    async def _settle(
        self, session: AsyncSession, actor: Actor, row: RepairCase, about: tuple[System, Sensor | None], how: str
    ) -> Case:
        """Write a decision down, and tell the author."""
        row.state = CaseState.APPROVED if how == "approve" else CaseState.REJECTED
        row.reviewer_id, row.reviewer_name, row.reviewed_at = actor.id, actor.name, self._clock()
        record(session, actor, f"repair.{how}", target=row.id)
        case = Case.of(row, *about)
        if row.author_id is not None and row.author_id > 0 and row.author_id != actor.id:
            await self._tell(session, row.author_id, Notice.REPAIR_REVIEWED, case)
        return case

    async def _have_reviewed(self, session: AsyncSession, row: RepairCase, system: System, case: Case) -> None:
        for user in await _reviewers(session, system, row) or await _members(session, row.author_id):
            if actor_of(user).may(Right.REVIEW_REPAIRS, machine=system):
                await self._tell(session, user.id, Notice.REPAIR_PROPOSED, case)

    async def _tell(self, session: AsyncSession, user_id: int, notice: Notice, case: Case) -> None:
        """Leave a message; it can wait for the end of their quiet hours."""
        user = await session.get(User, user_id)
        quiet = quiet_hours(user) if user is not None else None
        after: datetime | None = None
        if user is not None and quiet is not None:
            after = quiet.until(self._clock(), ZoneInfo(user.time_zone))
        key = _key(notice, case.id, user_id, case.state)
        await self._outbox.enqueue(session, user_id, notice, case.to_json(), dedup_key=key, due_at=after)


def _key(notice: Notice, case_id: int, user_id: int, state: CaseState = CaseState.PROPOSED) -> str:
    return f"{notice}:{case_id}:{user_id}:{state}"


async def _over(
    session: AsyncSession, actor: Actor, group_id: int, *, lock: bool = False
) -> tuple[System, Alarm, datetime]:
    """Return the machine and the leading alarm of a group that nobody has told of, and when that was over.

    With `lock` two who tell of it come one after the other.
    """
    actor.require(Right.WORK_ON_REPORTS)
    group = await session.get(AlarmGroup, group_id, with_for_update=lock)
    alarms = (await session.scalars(select(Alarm).where(Alarm.group_id == group_id).order_by(Alarm.id))).all()
    parts = [selectinload(System.sensors), selectinload(System.components)]
    query = select(System).where(System.id.in_({alarm.system_id for alarm in alarms})).options(*parts)
    system = (await session.scalars(query)).one_or_none()
    if group is None or system is None or not actor.sees(system):
        raise UnknownAlarmError
    if any(alarm.active for alarm in alarms):
        raise AlarmNotOverError
    told = select(RepairCase).where(RepairCase.alarm_group_id == group_id, RepairCase.state != CaseState.REJECTED)
    if (case := await session.scalar(told)) is not None:
        raise ToldAlreadyError(name=case.author_name[:60])
    return system, leading(alarms), group.closed_at or leading(alarms).seen_at


async def _find(
    session: AsyncSession, actor: Actor, case_id: int, *, lock: bool = False
) -> tuple[RepairCase, System, Sensor | None]:
    query = (
        select(RepairCase, System)
        .join(System, System.id == RepairCase.system_id)
        .where(RepairCase.id == case_id, in_scope(actor.scope))
    )
    if lock:
        query = query.with_for_update(of=RepairCase)
    if (found := (await session.execute(query)).one_or_none()) is None:
        raise CaseNotFoundError(number=case_id)
    row, system = found
    sensor = await session.get(Sensor, row.sensor_id) if row.sensor_id is not None else None
    return row, system, sensor


async def _reviewers(session: AsyncSession, system: System, row: RepairCase) -> list[User]:
    """Return who may review a case that somebody else told."""
    members = select(User).where(User.role.in_(MEMBERS), User.reachable, User.id != (row.author_id or 0))
    found = await session.scalars(members.order_by(User.id))
    return [user for user in found if actor_of(user).may(Right.REVIEW_REPAIRS, machine=system)]


async def _members(session: AsyncSession, user_id: int | None) -> Sequence[User]:
    return (await session.scalars(select(User).where(User.id == user_id, User.role.in_(MEMBERS)))).all()
