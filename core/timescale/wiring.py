"""The caretaker's parts, put together: what `core/container.py` would otherwise have to know."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.database import SessionFactory
from core.progress import ProgressBoard
from core.queue import JobQueue
from core.settings import TimescaleSettings
from core.timescale.caretaker import Caretaker
from core.timescale.holds import HoldService
from core.timescale.journal import Journal
from core.timescale.policies import PolicyService
from core.timescale.runs import Runs
from core.timescale.watermarks import Rollups


@dataclass(frozen=True, slots=True)
class Caretaking:
    """Plans and orders, the runs behind them, holds and policies."""

    caretaker: Caretaker
    runs: Runs
    holds: HoldService
    policies: PolicyService
    journal: Journal


def create_caretaking(
    engine: AsyncEngine,
    sessions: SessionFactory,
    clock: Clock,
    settings: TimescaleSettings,
    queue: JobQueue,
    progress: ProgressBoard,
    rollups: Rollups,
) -> Caretaking:
    """Build them; `rollups` are our own, which must not miss what is dropped."""
    journal, holds = Journal(sessions, clock), HoldService(engine, sessions, clock)
    runs = Runs(engine, clock, settings, journal, holds, queue, rollups)
    policies = PolicyService(engine, sessions, clock, settings, holds, rollups)
    caretaker = Caretaker(engine, clock, settings, journal, runs, holds, policies, progress, rollups)
    return Caretaking(caretaker, runs, holds, policies, journal)
