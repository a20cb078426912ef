"""Queue `users`: messages to people."""

from datetime import timedelta

from core.container import Container
from core.jobs import PRUNE_OUTBOX
from workers.running import Runner

_KEEP_MESSAGES = timedelta(days=30)


async def prune_outbox(container: Container) -> None:
    """Forget messages that arrived, or were given up, a month ago."""
    await container.outbox.prune(_KEEP_MESSAGES)


JOBS = (Runner(PRUNE_OUTBOX, prune_outbox),)
