"""Chains of calls seen and changed by those who look after alarms."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.alerts.chains import ON_CALL, ROLE, USUAL, Call, Chain, read_chain, read_hours
from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.models import EscalationChain
from core.diagnostics.alerts.staff import Person, callable_person, people, staff
from core.diagnostics.lookup import UnknownSystemError
from core.diagnostics.models import Severity, System
from core.diagnostics.scope import in_scope
from core.errors import BadInputError, ConflictError, NotFoundError
from core.users.audit import record
from core.users.models import Role
from core.users.rights import RIGHTS, Actor, Right

MOST_CHAINS = 20
_NEW = crc32(b"hydrodiag: new chain")
"""Who adds a chain holds this lock: two who do so at once come one after the other."""
MOST_CALLS = 10
LONGEST_WAIT = timedelta(hours=24)
CALLABLE_ROLES = tuple(role for role, rights in RIGHTS.items() if Right.HANDLE_ALARMS in rights)


class UnknownChainError(NotFoundError):
    """The chain is gone."""

    key = "error-chain-unknown"


class ChainChangedError(ConflictError):
    """The chain is not any more as it was when the button was shown."""

    key = "error-chain-changed"


class ChainFullError(ConflictError):
    """A chain has up to 10 steps, and there are up to 20 chains."""

    key = "error-chain-full"


class ChainCallError(BadInputError):
    """A step waits up to a day, and then calls who is on call, a role that may handle alarms, or a person."""

    key = "error-chain-call"


@dataclass(frozen=True, slots=True)
class ChainCard:
    """A chain as readers see it: the `number`th that is looked at; `id` is None for the default one, which stays."""

    id: int | None
    number: int
    chain: Chain
    people: dict[int, Person]

    @property
    def mark(self) -> int:
        """What a button carries of it, 32 bits: another after any change of its steps or its place."""
        return crc32(f"{self.number} {self.chain.calls}".encode())


@dataclass(frozen=True, slots=True)
class Chains:
    """All chains in the order in which they are looked at, the default one last; the machines of the reader's scope."""

    cards: tuple[ChainCard, ...]
    machines: Sequence[System]

    @property
    def mark(self) -> int:
        """What a button carries of them, 32 bits: another once there are others."""
        return crc32(repr([card.id for card in self.cards]).encode())

    def card(self, chain_id: int) -> ChainCard:
        """Return one of them.

        Raises:
            UnknownChainError
        """
        for card in self.cards:
            if card.id == chain_id:
                return card
        raise UnknownChainError


class ChainDesk:
    """Shows and changes chains, in private chats only: in a group nobody has the right."""

    def __init__(self, sessions: SessionFactory, zone: ZoneInfo) -> None:
        self._sessions = sessions
        self.zone = zone

    async def look(self, actor: Actor) -> Chains:
        """Return all chains.

        Raises:
            ForbiddenError
        """
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions() as session:
            return await _chains(session, actor)

    async def staff(self, actor: Actor) -> Sequence[Person]:
        """Return the people who can be called.

        Raises:
            ForbiddenError
        """
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions() as session:
            return await staff(session)

    async def create(self, actor: Actor, seen: int | None = None) -> ChainCard:
        """Add a chain before the default one, as its copy: what differs is then changed.

        `seen`: the mark that the chains had when the actor decided.

        Raises:
            ForbiddenError, ChainFullError
            ChainChangedError: there are others than were `seen`.
        """
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions.begin() as session:
            await session.execute(select(func.pg_advisory_xact_lock(_NEW)))  # no row is there to be locked
            rows = await _rows(session)
            if seen is not None and (await _chains(session, actor)).mark != seen:
                raise ChainChangedError
            if len(rows) >= MOST_CHAINS:
                raise ChainFullError
            row = EscalationChain(
                position=rows[-1].position + 1 if rows else 0,
                matcher=USUAL.matcher.as_json(),
                steps=[_step(call) for call in USUAL.calls],
            )
            session.add(row)
            await session.flush()
            record(session, actor, "escalation.create", target=row.id, details=_written(row))
            return (await _chains(session, actor)).card(row.id)

    async def delete(self, actor: Actor, chain_id: int, seen: int) -> None:
        """Delete a chain.

        Raises:
            ForbiddenError, UnknownChainError, ChainChangedError
        """
        async with self._changing(actor, chain_id, "escalation.delete", seen) as (session, row):
            await session.delete(row)

    async def raise_(self, actor: Actor, chain_id: int, seen: int) -> Chains:
        """Have a chain looked at before the one that is before it now.

        Raises:
            ForbiddenError, UnknownChainError, ChainChangedError
        """
        async with self._changing(actor, chain_id, "escalation.raise", seen) as (session, row):
            rows = await _rows(session)
            place = next(number for number, other in enumerate(rows) if other.id == row.id)
            if place:
                rows[place - 1], rows[place] = rows[place], rows[place - 1]
            for position, other in enumerate(rows):
                other.position = position
        return await self.look(actor)

    async def add_call(self, actor: Actor, chain_id: int, seen: int, whom: str, wait: timedelta) -> Chains:
        """Add a step at the end: after `wait`, call `whom` ("oncall", a role's name, or a user's id).

        Raises:
            ForbiddenError, UnknownChainError, ChainChangedError, ChainFullError, ChainCallError
            UnknownPersonError: they can't be called.
        """
        async with self._changing(actor, chain_id, "escalation.add_step", seen) as (session, row):
            if not timedelta() <= wait <= LONGEST_WAIT:
                raise ChainCallError
            if len(row.steps) >= MOST_CALLS:
                raise ChainFullError
            row.steps = [*row.steps, _step(Call(wait, await _whom(session, whom)))]
        return await self.look(actor)

    async def remove_call(self, actor: Actor, chain_id: int, seen: int, index: int) -> Chains:
        """Take away a step (from 0); a chain without steps calls nobody.

        Raises:
            ForbiddenError, UnknownChainError, ChainChangedError
        """
        async with self._changing(actor, chain_id, "escalation.remove_step", seen) as (_, row):
            if not 0 <= index < len(row.steps):
                raise ChainChangedError
            row.steps = row.steps[:index] + row.steps[index + 1 :]
        return await self.look(actor)

    async def set_hours(self, actor: Actor, chain_id: int, words: str) -> Chains:
        """Let a chain call in some hours of the plant's day only ("08:00-17:00"), or (empty) always.

        Raises:
            ForbiddenError, UnknownChainError, WorkingHoursError
        """
        async with self._changing(actor, chain_id, "escalation.hours") as (_, row):
            hours = read_hours(words) if words else None
            row.hours_from, row.hours_to = (hours.begins, hours.ends) if hours else (None, None)
        return await self.look(actor)

    async def set_level(self, actor: Actor, chain_id: int, severity: Severity) -> Chains:
        """Let a chain be for alarms that are at least so bad.

        Raises:
            ForbiddenError, UnknownChainError
        """
        return await self._rewrite(actor, chain_id, lambda matcher: replace(matcher, at_least=severity))

    async def set_everywhere(self, actor: Actor, chain_id: int) -> Chains:
        """Let a chain be for all machines.

        Raises:
            ForbiddenError, UnknownChainError
        """
        return await self._rewrite(actor, chain_id, lambda matcher: replace(matcher, sites=(), machines=()))

    async def choose(self, actor: Actor, chain_id: int, system_id: int, *, whole_site: bool, chosen: bool) -> Chains:
        """Let a chain be for a machine, or the whole site where it stands, or no longer; with none chosen, for all.

        Raises:
            ForbiddenError, UnknownChainError
            UnknownSystemError: none of the actor's machines.
        """
        machines = (await self.look(actor)).machines
        place = next((system for system in machines if system.id == system_id), None)
        if place is None:
            raise UnknownSystemError(name=str(system_id), machines=", ".join(s.code for s in machines))
        return await self._rewrite(
            actor, chain_id, lambda matcher: matcher.with_place(place, machines, whole_site=whole_site, chosen=chosen)
        )

    async def _rewrite(self, actor: Actor, chain_id: int, change: Callable[[Matcher], Matcher]) -> Chains:
        async with self._changing(actor, chain_id, "escalation.match") as (_, row):
            before = Matcher.from_json(row.matcher)
            if (after := change(before)) != before:
                row.matcher = after.as_json()
        return await self.look(actor)

    @asynccontextmanager
    async def _changing(
        self, actor: Actor, chain_id: int, action: str, seen: int | None = None
    ) -> AsyncIterator[tuple[AsyncSession, EscalationChain]]:
        """Open a chain for a change, which is written down; `seen`: only if it is still as it was shown."""
        actor.require(Right.MANAGE_ALARMS)
        async with self._sessions.begin() as session:
            rows = await _rows(session)
            row = next((row for row in rows if row.id == chain_id), None)
            if row is None:
                raise UnknownChainError
            if seen is not None and (await _chains(session, actor)).card(chain_id).mark != seen:
                raise ChainChangedError
            before = _written(row)
            yield session, row
            if row in session.deleted or session.is_modified(row):
                record(session, actor, action, target=row.id, details={"before": before, "after": _written(row)})


async def _rows(session: AsyncSession) -> list[EscalationChain]:
    """Return the chains' rows in order, locked: they are few, and their order is one thing."""
    order = select(EscalationChain).order_by(EscalationChain.position, EscalationChain.id)
    return list(await session.scalars(order.with_for_update()))


async def _chains(session: AsyncSession, actor: Actor) -> Chains:
    order = select(EscalationChain).order_by(EscalationChain.position, EscalationChain.id)
    found = [(row.id, read_chain(row)) for row in await session.scalars(order)]
    named = {int(call.whom) for _, chain in found for call in chain.calls if call.whom.isdigit()}
    known = await people(session, named)
    cards = [ChainCard(chain_id, number, chain, known) for number, (chain_id, chain) in enumerate(found, 1)]
    query = select(System).where(in_scope(actor.scope)).order_by(System.site, System.code)
    machines = (await session.scalars(query)).all()
    return Chains((*cards, ChainCard(None, len(cards) + 1, USUAL, {})), machines)


async def _whom(session: AsyncSession, whom: str) -> str:
    if whom == ON_CALL:
        return whom
    if whom in CALLABLE_ROLES:
        return f"{ROLE}{Role(whom)}"
    if whom.isascii() and whom.isdigit():
        return str((await callable_person(session, int(whom))).id)
    raise ChainCallError


def _step(call: Call) -> dict[str, object]:
    return {"wait_min": call.wait // timedelta(minutes=1), "call": call.whom}


def _written(row: EscalationChain) -> dict[str, object]:
    hours = None if row.hours_from is None else [row.hours_from, row.hours_to]
    return {"for": row.matcher, "steps": row.steps, "hours": hours}
