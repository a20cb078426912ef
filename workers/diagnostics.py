"""Queue `diagnostics`: maintenance of the readings' table."""

from core.container import Container
from core.jobs import ENSURE_PARTITIONS
from core.users.rights import OPERATOR
from workers.running import Runner


async def ensure_partitions(container: Container) -> None:
    """Have the chunks of the next weeks ready before readings need them."""
    await container.timescale.ensure_partitions_ahead(OPERATOR)


JOBS = (Runner(ENSURE_PARTITIONS, ensure_partitions),)
