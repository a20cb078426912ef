"""Queue `diagnostics`: maintenance of the readings' table, and the readings in short."""

import structlog

from core.container import Container
from core.jobs import ENSURE_PARTITIONS, REFRESH_ROLLUPS
from core.timescale.maintenance import MaintenanceBusyError
from core.users.rights import OPERATOR
from workers.running import Runner

log = structlog.get_logger(__name__)


async def ensure_partitions(container: Container) -> None:
    """Have the chunks of the next weeks ready before readings need them; plain PostgreSQL needs none."""
    try:
        ensured = await container.timescale.ensure_partitions_ahead(OPERATOR)
    except MaintenanceBusyError:
        log.info("another process looks after the chunks")
        return
    if ensured is not None:
        log.info("chunks ensured", created=len(ensured.created), existing=len(ensured.existing))


async def refresh_rollups(container: Container) -> None:
    """Bring minute and hour buckets up to date with the readings that came since."""
    await container.rollups.refresh()


JOBS = (Runner(ENSURE_PARTITIONS, ensure_partitions), Runner(REFRESH_ROLLUPS, refresh_rollups))
