"""Queue `diagnostics`: what was ordered for the database, its daily upkeep, and the readings in short."""

import structlog

from core.container import Container
from core.jobs import CHECK_HEALTH, REFRESH_ROLLUPS, RESUME_OPERATIONS, RUN_OPERATION, SNAPSHOT_STATS, UPKEEP
from core.timescale.caretaker import progress_name
from workers.running import Runner

log = structlog.get_logger(__name__)


async def run_operation(container: Container, *, operation_id: int) -> None:
    """Run what somebody confirmed, or the daily upkeep queued; its progress can be followed, and it be cancelled."""
    async with container.progress.reporting(progress_name(operation_id)) as report:
        await container.caretaking.runs.run(operation_id, report)


async def resume_operations(container: Container) -> None:
    """Pick up operations whose worker was killed, or whose order Redis has lost."""
    if resumed := await container.caretaking.runs.resume():
        log.info("operations resumed", count=resumed)


async def upkeep(container: Container) -> None:
    """Once a day, and once after downtime: chunks ahead, compression, retention, as each table's policy says."""
    if due := await container.caretaking.caretaker.upkeep():
        log.info("upkeep queued", tables=due)


async def check_health(container: Container) -> None:
    """Tell the admins what has become worse since the last check, and what is well again."""
    await container.caretaking.watch.check()


async def snapshot_stats(container: Container) -> None:
    """Write the sizes of tables down: growth and the rate of readings are read from them."""
    await container.caretaking.snapshots.take()


async def refresh_rollups(container: Container) -> None:
    """Bring minute and hour buckets up to date with the readings that came since."""
    await container.rollups.refresh()


JOBS = (
    Runner(RUN_OPERATION, run_operation),
    Runner(RESUME_OPERATIONS, resume_operations),
    Runner(UPKEEP, upkeep),
    Runner(CHECK_HEALTH, check_health),
    Runner(SNAPSHOT_STATS, snapshot_stats),
    Runner(REFRESH_ROLLUPS, refresh_rollups),
)
