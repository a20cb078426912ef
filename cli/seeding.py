"""The demonstration plant: machines, thirty days of readings, the handbook, the index."""

from cli.steps import step
from core.container import Container
from core.users.rights import OPERATOR
from demo.seed import HANDBOOK, HANDBOOK_VECTORS, seed_plant


async def seed_demo(container: Container) -> None:
    """Seed what is missing; a second run only fills the gap since the last. Interrupted runs are taken up again."""
    with step("Demonstration plant") as current:
        await seed_plant(container.sessions, container.clock, current.update, zone=container.settings.zone)
    with step("Handbook") as current:
        await container.documents.add_directory(OPERATOR, HANDBOOK)
        container.vectors.put(HANDBOOK_VECTORS)
    with step("Index") as current:
        await container.indexes.rebuild(lambda what, done, total: current.update(f"{what} {done}/{total}"))
