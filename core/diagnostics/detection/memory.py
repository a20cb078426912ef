"""Keeps what was learnt of machines, a version each time, so that a new watch knows them at once."""

from collections import deque
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select

from core.database import SessionFactory
from core.diagnostics.detection.learning import Learnt
from core.diagnostics.detection.models import MachineModel

KEPT = 14
"""Versions of a machine's model."""


class Memory:
    """The versions of all machines' models."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def keep(self, system_id: int, learnt: Learnt, now: datetime) -> None:
        """Keep a version, and drop the oldest beyond `KEPT`."""
        of_machine = MachineModel.system_id == system_id
        newest = select(MachineModel.id).where(of_machine).order_by(MachineModel.id.desc()).limit(KEPT)
        version = MachineModel(
            system_id=system_id,
            learnt_at=now,
            since=learnt.origin.since,
            until=learnt.origin.until,
            rows=learnt.origin.rows,
            learnt=learnt.to_json(),
        )
        async with self._sessions.begin() as session:
            session.add(version)
            await session.flush()
            await session.execute(delete(MachineModel).where(of_machine, MachineModel.id.not_in(newest)))

    async def versions(self, system_ids: Collection[int]) -> deque[tuple[int, datetime]]:
        """Return the machines of which something is kept, and when that was learnt, the newest first."""
        learnt_at = func.max(MachineModel.learnt_at)
        query = select(MachineModel.system_id, learnt_at).where(MachineModel.system_id.in_(system_ids))
        async with self._sessions() as session:
            rows = await session.execute(query.group_by(MachineModel.system_id).order_by(learnt_at.desc()))
            return deque((system_id, at) for system_id, at in rows)

    async def newest(self, system_id: int) -> Learnt | None:
        """Return what was learnt of a machine last."""
        query = select(MachineModel.learnt).where(MachineModel.system_id == system_id)
        async with self._sessions() as session:
            stored = await session.scalar(query.order_by(MachineModel.learnt_at.desc()).limit(1))
            return None if stored is None else Learnt.from_json(stored)
