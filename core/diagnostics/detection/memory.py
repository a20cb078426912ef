"""Keeps what was learnt of machines, a version each time, so that a new watch knows them at once."""

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

    async def newest(self, system_ids: Collection[int]) -> dict[int, tuple[Learnt, datetime]]:
        """Return by machine what was learnt last, and when; machines that nothing was learnt of are left out."""
        of_machines = MachineModel.system_id.in_(system_ids)
        last = select(func.max(MachineModel.id)).where(of_machines).group_by(MachineModel.system_id)
        query = select(MachineModel).where(MachineModel.id.in_(last))
        async with self._sessions() as session:
            return {
                one.system_id: (Learnt.from_json(one.learnt), one.learnt_at) for one in await session.scalars(query)
            }
