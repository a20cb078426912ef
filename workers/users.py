"""Queue `users`: messages to people, and backups: what is neither an answer nor maintenance of readings."""

from datetime import timedelta

import structlog

from core.container import Container
from core.jobs import ANNOUNCE_DUTY, BACK_UP, PRUNE_OUTBOX, PURGE_CHAT_LOG, SEND_DIGESTS
from core.users.rights import OPERATOR
from workers.running import Runner

log = structlog.get_logger(__name__)

_KEEP_MESSAGES = timedelta(days=30)


async def prune_outbox(container: Container) -> None:
    """Forget messages that arrived, or were given up, a month ago."""
    await container.outbox.prune(_KEEP_MESSAGES)


async def back_up(container: Container) -> None:
    """Write today's backup where a folder is set; one missed in the night is made up for when the worker starts."""
    settings = container.settings.backup
    if settings.folder is None:
        return
    backup = await container.backups.create_if_due(OPERATOR, settings.folder, settings.keep)
    if backup is not None:
        log.info("backed up", folder=str(backup.folder), bytes=backup.manifest.size)


async def send_digests(container: Container) -> None:
    """Leave the digests whose time has come, or came while no worker ran: one a reader, however many were missed."""
    if left := await container.digests.send_due():
        log.info("digests left for delivery", count=left)


async def announce_duty(container: Container) -> None:
    """Tell whose turn on call has just begun."""
    if left := await container.alerting.duty.announce():
        log.info("turns on call announced", count=left)


async def purge_chat_log(container: Container) -> None:
    """Delete questions and conversations that are older than the settings say."""
    if purged := await container.chat_log.purge():
        log.info("old questions deleted", count=purged)


JOBS = (
    Runner(PRUNE_OUTBOX, prune_outbox),
    Runner(BACK_UP, back_up),
    Runner(SEND_DIGESTS, send_digests),
    Runner(ANNOUNCE_DUTY, announce_duty),
    Runner(PURGE_CHAT_LOG, purge_chat_log),
)
