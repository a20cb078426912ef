"""The machine of the alarms' tests, and those who read digests of it."""

from sqlalchemy import select

from core.diagnostics.digests.news import Digest
from core.diagnostics.digests.service import DigestService
from core.outbox import Notice, OutboxMessage
from tests.integration.alerts.conftest import Plant, plant

__all__ = ["digests_of", "left", "plant"]


def digests_of(plant: Plant) -> DigestService:
    """Return the service, as a worker of its own."""
    return DigestService(plant.sessions, plant.clock, plant.outbox)


async def left(plant: Plant) -> list[tuple[int, Digest]]:
    """Return the digests in the outbox, in order, and whose they are."""
    query = select(OutboxMessage).where(OutboxMessage.kind == Notice.DIGEST).order_by(OutboxMessage.id)
    async with plant.sessions() as session:
        return [(row.chat_id, Digest.from_json(row.payload)) for row in await session.scalars(query)]
