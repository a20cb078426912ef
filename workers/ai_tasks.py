"""Queue `ai_tasks`: the index."""

from core.container import Container
from core.jobs import REBUILD_INDEX
from workers.running import Runner


async def rebuild_index(container: Container) -> None:
    """Bring the index up to date with the documents; cheap when it is."""
    await container.indexes.rebuild()


JOBS = (Runner(REBUILD_INDEX, rebuild_index),)
