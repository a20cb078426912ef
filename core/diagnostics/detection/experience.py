"""What is learnt of machines comes to their rigs: kept models first, a machine at a time, then what history teaches."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.detection.learning import SETTLED, learn, newest
from core.diagnostics.detection.memory import Memory
from core.diagnostics.detection.rig import Rig

log = structlog.get_logger(__name__)
LEARNT_EVERY = timedelta(days=1)


class Experience:
    """Gives rigs what is known of their machines. Each step is one machine: limits and silence wait for none of it."""

    def __init__(self, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._memory = Memory(sessions)
        self._kept: deque[tuple[int, datetime]] = deque()
        """Machines whose kept models are still to be taken in, and of when those are."""

    async def begin(self, rigs: Mapping[int, Rig]) -> None:
        """Note of which machines those who watched before have learnt something, and when."""
        self._kept = await self._memory.versions(rigs)
        for system_id, learnt_at in self._kept:
            rigs[system_id].learnt_at = learnt_at

    async def remember(self, rigs: Mapping[int, Rig]) -> Rig | None:
        """Take in what was learnt of one more machine, the newest first; return its rig, None where that was all."""
        while self._kept:
            system_id, learnt_at = self._kept.popleft()
            rig = rigs.get(system_id)
            if rig is None or rig.knows or rig.learnt_at != learnt_at:
                continue  # gone, or built anew since
            try:
                if await self._remember(rig):
                    return rig
            except (KeyError, TypeError, ValueError) as error:
                log.warning("a kept model can't be read", system_id=system_id, error=str(error))
            rig.learnt_at = None
        return None

    async def learn(self, rigs: Mapping[int, Rig]) -> Rig | None:
        """Learn how the machine that waits longest for that usually is; return its rig, None if nothing was learnt."""
        now = self._clock()
        due = [
            rig
            for rig in rigs.values()
            if (rig.learnt_at is None or now - rig.learnt_at >= LEARNT_EVERY) and not rig.unusual(now - SETTLED)
        ]
        if not due:
            return None
        rig = min(due, key=lambda rig: (rig.learnt_at is not None, rig.learnt_at or now, rig.system_id))
        rig.learnt_at = now
        learnt = await learn(self._sessions, rig.system_id, rig.sensors, now)
        log.info("learnt", system_id=rig.system_id, enough=learnt is not None)
        if learnt is None:
            return None
        await asyncio.to_thread(rig.know, *learnt)
        await self._memory.keep(rig.system_id, learnt[0], now)
        return rig

    async def _remember(self, rig: Rig) -> bool:
        """Run a machine's newest past through its kept model; False where that is of other sensors, or nothing came."""
        learnt = await self._memory.newest(rig.system_id)
        if learnt is None or not learnt.rhythms.keys() <= set(rig.sensors):
            return False
        past = await newest(self._sessions, rig.sensors, self._clock())
        if past is None:
            return False
        await asyncio.to_thread(rig.know, learnt, past)
        return True
