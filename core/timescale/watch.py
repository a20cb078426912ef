"""The health check every quarter of an hour: admins hear when something worsens, and again when it is over."""

from dataclasses import asdict
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.models import Severity
from core.outbox import Notice, Outbox
from core.timescale.findings import Finding
from core.timescale.models import HealthIncident
from core.timescale.service import TimescaleService
from core.users.rights import OPERATOR, Right
from core.users.service import UserService

log = structlog.get_logger(__name__)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('hydrodiag health watch', 0))")
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_ABOUT = ("table", "queue", "name", "id", "kind")
"""Parts of the evidence that say what a finding is about; the others are measures that change all the time."""


class HealthWatch:
    """Compares each health check with the one before."""

    def __init__(
        self, timescale: TimescaleService, sessions: SessionFactory, clock: Clock, outbox: Outbox, users: UserService
    ) -> None:
        self._timescale = timescale
        self._sessions = sessions
        self._clock = clock
        self._outbox = outbox
        self._users = users

    async def check(self) -> int:
        """Check, remember, and tell the admins what has become worse or well; return how many faults there are."""
        report = await self._timescale.health(OPERATOR)
        faults = {_key(one): one for one in report.findings if one.severity is not Severity.INFO}
        admins = await self._users.holders(Right.MANAGE_DATABASE)
        async with self._sessions.begin() as session:
            await session.execute(_ONE_AT_A_TIME)
            known = {row.key: row for row in await session.scalars(select(HealthIncident))}
            worse = [one for key, one in faults.items() if key not in known or _worse(one, known[key])]
            over = [row for key, row in known.items() if key not in faults]
            for key, one in faults.items():
                await self._remember(session, key, one, known.get(key))
            for row in over:
                await session.delete(row)
            for admin in admins:
                if admin.id is not None and worse:
                    payload: dict[str, Any] = {"findings": [asdict(one) for one in worse]}
                    await self._outbox.enqueue(session, admin.id, Notice.HEALTH_WORSE, payload)
                if admin.id is not None and over:
                    payload = {"findings": [row.evidence for row in over], "left": len(faults)}
                    await self._outbox.enqueue(session, admin.id, Notice.HEALTH_RECOVERED, payload)
        if worse or over:
            log.info("health changed", worse=len(worse), recovered=len(over), faults=len(faults))
        return len(faults)

    async def _remember(self, session: AsyncSession, key: str, finding: Finding, known: HealthIncident | None) -> None:
        if known is None:
            known = HealthIncident(key=key, since=self._clock())
            session.add(known)
        known.severity, known.evidence = finding.severity, asdict(finding)


def _key(finding: Finding) -> str:
    about = [str(finding.evidence[name]) for name in _ABOUT if name in finding.evidence]
    return ":".join([finding.check, *about])


def _worse(finding: Finding, known: HealthIncident) -> bool:
    return _RANK[finding.severity] > _RANK[Severity(known.severity)]
