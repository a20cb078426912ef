"""Digests sent by the clock, shown when asked for, and refused by who does not want them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.audience import quiet_hours
from core.diagnostics.digests.models import DigestKind, DigestProfile
from core.diagnostics.digests.news import Digest, compose
from core.diagnostics.digests.reading import read_plant
from core.diagnostics.digests.slots import DAY, Due, Routine, due
from core.outbox import Notice, Outbox
from core.users.models import MEMBERS, User
from core.users.records import actor_of
from core.users.rights import Actor, Right
from core.users.scope import WHOLE_PLANT


@dataclass(frozen=True, slots=True)
class _Order:
    """A digest that is due, and whose."""

    reader: Actor
    due: Due


class DigestService:
    """Any number of workers may send what is due: whoever claims a reader's digest, in one statement, leaves it."""

    def __init__(self, sessions: SessionFactory, clock: Clock, outbox: Outbox) -> None:
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox

    async def send_due(self) -> int:
        """Leave in the outbox the digests that are due and worth reading; return how many."""
        now = self._clock()
        async with self._sessions() as session:
            orders = await _orders(session, now)
            if not orders:
                return 0
            plant = await read_plant(session, WHOLE_PLANT, min(order.due.begin for order in orders), now)
        left = 0
        for order in orders:
            digest = compose(plant, order.reader, order.due.kind, order.due.begin, now)
            async with self._sessions.begin() as session:
                if await _claim(session, order, now) and _is_worth_sending(digest):
                    left += await self._leave(session, order, digest)
        return left

    async def now(self, actor: Actor) -> Digest:
        """Return the digest of the last day.

        Raises:
            ForbiddenError: the actor may not see machines.
        """
        actor.require(Right.SEE_MACHINES)
        now = self._clock()
        async with self._sessions() as session:
            plant = await read_plant(session, actor.scope, now - DAY, now)
        return compose(plant, actor, DigestKind.DAILY, now - DAY, now)

    async def wanted(self, actor: Actor) -> Collection[DigestKind]:
        """Return the kinds that the actor did not refuse."""
        query = select(DigestProfile.kind).where(DigestProfile.user_id == actor.id, ~DigestProfile.wanted)
        async with self._sessions() as session:
            refused = set(await session.scalars(query))
        return [kind for kind in DigestKind if kind not in refused]

    async def want(self, actor: Actor, kind: DigestKind, *, wanted: bool) -> None:
        """Send the actor digests of a kind from the next one on, or send none any more.

        Raises:
            ForbiddenError: the actor may not see machines.
        """
        actor.require(Right.SEE_MACHINES)
        row = insert(DigestProfile).values(user_id=actor.id, kind=kind, wanted=wanted, covered_to=self._clock())
        changed = {"wanted": wanted} | ({"covered_to": row.excluded.covered_to} if wanted else {})
        anew = row.on_conflict_do_update(
            index_elements=["user_id", "kind"], set_=changed, where=DigestProfile.wanted != wanted
        )  # who says it twice misses nothing of what the next one covers
        async with self._sessions.begin() as session:
            await session.execute(anew)

    async def _leave(self, session: AsyncSession, order: _Order, digest: Digest) -> int:
        key = f"digest:{order.due.kind}:{order.reader.id}:{order.due.at:%Y-%m-%dT%H%M}"
        chat_id = order.reader.id or 0
        return await self._outbox.enqueue(session, chat_id, Notice.DIGEST, digest.to_json(), dedup_key=key)


def _is_worth_sending(digest: Digest) -> bool:
    """A shift begins with a line that all is quiet; a quiet day needs no message, nor does who has no machines."""
    return digest.eventful or (digest.kind is DigestKind.SHIFT and digest.machines > 0)


async def _orders(session: AsyncSession, now: datetime) -> list[_Order]:
    profiles: dict[int, list[DigestProfile]] = {}
    for profile in await session.scalars(select(DigestProfile)):
        profiles.setdefault(profile.user_id, []).append(profile)
    members = select(User).where(User.role.in_(MEMBERS), User.reachable).order_by(User.id)
    orders = []
    for user in await session.scalars(members):
        known = profiles.get(user.id, [])
        covered = {DigestKind(row.kind): row.covered_to for row in known if row.covered_to is not None}
        unwanted = [DigestKind(row.kind) for row in known if not row.wanted]
        orders += [_Order(actor_of(user), one) for one in due(_routine(user), now, covered, unwanted)]
    return orders


def _routine(user: User) -> Routine:
    zone = ZoneInfo(user.time_zone)
    return Routine(zone, user.created_at, user.shift_from, user.shift_to, quiet_hours(user))


async def _claim(session: AsyncSession, order: _Order, now: datetime) -> bool:
    """Note that the digest is somebody's now; False where another worker was first, or the reader refused it."""
    row = insert(DigestProfile).values(user_id=order.reader.id, kind=order.due.kind, covered_to=now)
    open_still = or_(DigestProfile.covered_to.is_(None), DigestProfile.covered_to < order.due.at)
    claim = row.on_conflict_do_update(
        index_elements=["user_id", "kind"],
        set_={"covered_to": row.excluded.covered_to},
        where=DigestProfile.wanted & open_still,
    )
    return await session.scalar(claim.returning(DigestProfile.user_id)) is not None
