"""The caretaker's parts, put together: what `core/container.py` would otherwise have to know."""

from dataclasses import dataclass

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.database import SessionFactory
from core.outbox import Outbox
from core.progress import ProgressBoard
from core.queue import JobQueue
from core.settings import TimescaleSettings
from core.timescale.caretaker import Caretaker
from core.timescale.holds import HoldService
from core.timescale.journal import Journal
from core.timescale.policies import PolicyService
from core.timescale.runs import Runs
from core.timescale.service import TimescaleService
from core.timescale.snapshots import Snapshots
from core.timescale.watch import HealthWatch
from core.timescale.watermarks import Rollups
from core.users.service import UserService


@dataclass(frozen=True, slots=True)
class Caretaking:
    """Plans and orders, the runs behind them, holds and policies; sizes over time, and who hears of faults."""

    caretaker: Caretaker
    runs: Runs
    holds: HoldService
    policies: PolicyService
    journal: Journal
    snapshots: Snapshots
    timescale: TimescaleService
    watch: HealthWatch


def create_caretaking(
    engine: AsyncEngine,
    sessions: SessionFactory,
    clock: Clock,
    settings: TimescaleSettings,
    queue: JobQueue,
    progress: ProgressBoard,
    rollups: Rollups,
    redis: Redis,
    outbox: Outbox,
    users: UserService,
) -> Caretaking:
    """Build them; `rollups` are our own, which must not miss what is dropped."""
    journal, holds = Journal(sessions, clock), HoldService(engine, sessions, clock)
    runs = Runs(engine, clock, settings, journal, holds, queue, rollups)
    policies = PolicyService(engine, sessions, clock, settings, holds, rollups)
    caretaker = Caretaker(engine, clock, settings, journal, runs, holds, policies, progress, rollups)
    snapshots = Snapshots(engine, clock, settings, policies)
    timescale = TimescaleService(engine, clock, settings, redis, holds, rollups, policies)
    watch = HealthWatch(timescale, sessions, clock, outbox, users)
    return Caretaking(caretaker, runs, holds, policies, journal, snapshots, timescale, watch)
