"""What would happen if a machine had an alarm now: who would be told, and whom its chain would call when.

It asks the same rows and the same code as real alarms do; nobody is told.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.audience import Listener, hearing, listeners
from core.diagnostics.alerts.chains import Chain, chain_for, load_chains, reached
from core.diagnostics.alerts.matching import Labels
from core.diagnostics.alerts.staff import people
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity, System
from core.users.rights import Actor, Right


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """A step of the chain: when it is taken, whom it names, and the names of those whom that reaches."""

    at: datetime
    whom: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Who hears at once and who after their quiet hours, by name; how many groups hear; which chain then calls whom.

    `chain` is its number; None: no chain is for such an alarm. `is_default`: the one that nobody wrote.
    """

    system: System
    severity: Severity
    at_once: tuple[str, ...]
    later: tuple[str, ...]
    groups: int
    chain: int | None
    is_default: bool
    calls: tuple[ExpectedCall, ...]


class Rehearsals:
    """Walks through an alarm that is none."""

    def __init__(self, sessions: SessionFactory, clock: Clock, zone: ZoneInfo) -> None:
        self._sessions = sessions
        self._clock = clock
        self._zone = zone

    async def walk(self, actor: Actor, system: System, severity: Severity) -> Rehearsal:
        """Return what an alarm of `severity` on one of the actor's machines would cause now.

        Raises:
            ForbiddenError, OutOfScopeError
        """
        actor.require(Right.SEE_MACHINES, machine=system)
        alarm = Labels(system.site, system.code, AlarmKind.LIMIT, "", severity)
        now = self._clock()
        async with self._sessions() as session:
            heard = hearing(await listeners(session, self._zone), system, [alarm], ())
            persons = [one for one in heard if one.chat_id > 0]
            waiting = [one for one in persons if one.quiet_until(severity, now) is not None]
            chains = await load_chains(session)
            chain = chain_for(chains, [alarm])
            return Rehearsal(
                system=system,
                severity=severity,
                at_once=await _names(session, [one for one in persons if one not in waiting]),
                later=await _names(session, waiting),
                groups=len(heard) - len(persons),
                chain=None if chain is None else chains.index(chain) + 1,
                is_default=chain is chains[-1],
                calls=() if chain is None else await self._calls(session, system, chain, now),
            )

    async def _calls(
        self, session: AsyncSession, system: System, chain: Chain, now: datetime
    ) -> tuple[ExpectedCall, ...]:
        calls: list[ExpectedCall] = []
        at = now
        for step, call in enumerate(chain.calls):
            at = chain.next_at(step, at, self._zone) or at
            able = await reached(session, system, call.whom, at, self._zone)
            calls.append(ExpectedCall(at, call.whom, tuple(user.name for user in able)))
        return tuple(calls)


async def _names(session: AsyncSession, heard: list[Listener]) -> tuple[str, ...]:
    known = await people(session, [one.chat_id for one in heard])
    return tuple(sorted((person.name for person in known.values()), key=str.casefold))
