"""Queue `ai_tasks`: the index."""

from dataclasses import asdict

from core.container import Container
from core.jobs import REBUILD_INDEX
from workers.running import Runner


async def rebuild_index(container: Container, *, report_as: str = REBUILD_INDEX.function) -> None:
    """Bring the index up to date with the documents; cheap when it is. Who waits for it finds reports under a name."""
    async with container.progress.reporting(report_as) as report:
        rebuilt = await container.indexes.rebuild(report)
        report.result(**asdict(rebuilt))


JOBS = (Runner(REBUILD_INDEX, rebuild_index),)
