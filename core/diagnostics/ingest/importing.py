"""Whole files of readings, tried out first or taken in."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

from core.diagnostics.ingest.files import read_file
from core.diagnostics.ingest.intake import Intake, Receipt
from core.users.rights import Actor, Right

Tell = Callable[[float, Receipt], None]
"""Called with how much of the file (0 to 1) is done, and what became of it so far."""


class ImportService:
    """Takes files in block by block, each in its transaction. Interrupted, it can be run again: nothing is doubled."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

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
        parts, total = read_file(path, name, zone), Receipt()
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            if dry_run:
                total += await self._intake.check(part.block)
            else:
                total += await self._intake.take(f"file:{name or path.name}", part.block)
            tell(part.done, total)
        return total
