"""Queue `diagnostics`: maintenance of the readings' table."""

import structlog

from core.container import Container
from core.jobs import ENSURE_PARTITIONS
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


JOBS = (Runner(ENSURE_PARTITIONS, ensure_partitions),)
