"""Whole files of readings, tried out first or taken in."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from core.database import SessionFactory
from core.diagnostics.ingest.files import read_file
from core.diagnostics.ingest.intake import Intake, Receipt
from core.users.audit import record
from core.users.rights import Actor, Right

_NAME_LENGTH = 200
"""What the audit log has room for."""
Tell = Callable[[float, Receipt], None]
"""Called with how much of the file (0 to 1) is done, and what became of it so far."""


class ImportService:
    """Takes files in block by block, each in its transaction. Interrupted, it can be run again: nothing is doubled.

    One file at a time; others wait, so that whoever sends fifty has no more in memory than whoever sends one.
    """

    def __init__(self, sessions: SessionFactory, intake: Intake) -> None:
        self._sessions = sessions
        self._intake = intake
        self._turn = asyncio.Lock()

    async def run(
        self,
        actor: Actor,
        path: Path,
        *,
        name: str | None = None,
        dry_run: bool = False,
        zone: tzinfo | None = None,
        tell: Tell = lambda _, __: None,
    ) -> Receipt:
        """Take in `path` (known as `name`), or with `dry_run` tell what would become of it.

        Raises:
            ForbiddenError; what `read_file` raises.
        """
        actor.require(Right.MANAGE_READINGS)
        known_as, total = name or path.name, Receipt()
        async with self._turn:
            parts = read_file(path, known_as, zone)
            while (part := await asyncio.to_thread(next, parts, None)) is not None:
                if dry_run:
                    total += await self._intake.check(part.block)
                else:
                    total += await self._intake.take(f"file:{known_as}", part.block)
                tell(part.done, total)
        if not dry_run:
            await self._note(actor, known_as, total)
        return total

    async def _note(self, actor: Actor, name: str, receipt: Receipt) -> None:
        details = {"accepted": receipt.accepted, "quarantined": receipt.refused.total()}
        async with self._sessions.begin() as session:
            record(session, actor, "readings.import", target=name[:_NAME_LENGTH], details=details)
