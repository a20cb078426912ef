"""Operations as they run: under the table's lock, noted step by step, and ended by a word in the journal."""

import asyncio
from typing import Any

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock
from core.errors import ConflictError, HydrodiagError, UnavailableError
from core.jobs import RUN_OPERATION
from core.queue import JobQueue
from core.settings import TimescaleSettings
from core.timescale.holds import HoldService
from core.timescale.journal import MAX_ATTEMPTS, Journal
from core.timescale.maintenance import MaintenanceBusyError, TableLockedError, is_contention, maintenance
from core.timescale.models import Operation, State
from core.timescale.steps import Surroundings, Tell, perform
from core.timescale.tables import NoSuchTableError, NotATableError
from core.timescale.watermarks import Rollups

log = structlog.get_logger(__name__)

_LOCK_WAIT_S = 30.0


class OperationTimeoutError(UnavailableError):
    """The operation took too long and was ended; what it had done stays done."""

    key = "timescale-error-timeout"


class OperationCancelledError(ConflictError):
    """Somebody asked for the operation's end."""

    key = "timescale-error-cancelled"


class DatabaseRefusedError(UnavailableError):
    """The database refused a statement."""

    key = "timescale-error-refused"


class InterruptedAgainError(UnavailableError):
    """The operation was interrupted again and again, and is given up."""

    key = "timescale-error-interrupted"


class Runs:
    """Runs what was confirmed, and picks up what was interrupted."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        settings: TimescaleSettings,
        journal: Journal,
        holds: HoldService,
        queue: JobQueue,
        rollups: Rollups,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._journal = journal
        self._holds = holds
        self._queue = queue
        self._rollups = rollups

    async def enqueue(self, operation: Operation) -> None:
        """Leave an operation to a worker; a second order for the same attempt is dropped.

        An order that Redis does not take waits in the journal, where `resume` finds it.
        """
        job_id = f"operation:{operation.id}:{operation.attempts}"
        try:
            await self._queue.enqueue(RUN_OPERATION, job_id=job_id, operation_id=operation.id)
        except (RedisError, OSError) as error:
            log.warning("operation could not be queued", operation=operation.id, error=repr(error))

    async def run(self, operation_id: int, tell: Tell = lambda *_: None, *, now_or_never: bool = False) -> None:
        """Run an operation to its end; one that has ended already is left alone.

        While another has the table it keeps its place, and `resume` comes back to it; `now_or_never` ends it then.

        Raises:
            DBAPIError: the connection was lost; the operation waits, interrupted, for its next run.
        """
        operation = await self._journal.get(operation_id)
        try:
            async with maintenance(
                self._engine, self._settings, operation.table_name, wait_s=_LOCK_WAIT_S
            ) as connection:
                begun = await self._journal.begin(operation_id)
                if begun is not None:
                    await self._run(connection, begun, tell)
        except (NoSuchTableError, NotATableError) as error:
            await self._journal.end(operation_id, State.FAILED, error=error.key)
        except MaintenanceBusyError as error:
            if now_or_never:
                await self._journal.give_up(operation_id, error.key)
            else:
                log.info("operation waits for the table", operation=operation_id, table=operation.table_name)
        else:
            await self._call_next(operation.table_name)

    async def _call_next(self, table: str) -> None:
        """Queue at once what waited for the table: `resume` comes every five minutes only."""
        for operation in await self._journal.unfinished():
            if operation.table_name == table and operation.state == State.QUEUED:
                await self.enqueue(operation)

    async def resume(self) -> int:
        """Find operations whose worker is gone, say so in the journal, and queue them again; return how many."""
        resumed = 0
        for operation in await self._journal.unfinished():
            if operation.state == State.RUNNING and not await self.is_abandoned(operation):
                continue
            if operation.attempts >= MAX_ATTEMPTS:
                await self._journal.end(operation.id, State.FAILED, error=InterruptedAgainError.key)
                continue
            await self.enqueue(operation)
            resumed += 1
        return resumed

    async def is_abandoned(self, operation: Operation) -> bool:
        """Tell whether nobody is at a running operation any more; then the journal says that it was interrupted."""
        try:
            async with maintenance(self._engine, self._settings, operation.table_name):
                await self._journal.end(operation.id, State.INTERRUPTED)
        except MaintenanceBusyError:
            return False
        except (NoSuchTableError, NotATableError) as error:
            await self._journal.end(operation.id, State.FAILED, error=error.key)
            return False
        return True

    async def _run(self, connection: AsyncConnection, operation: Operation, tell: Tell) -> None:
        try:
            async with asyncio.timeout(self._settings.operation_timeout_s):
                refused = await self._perform_all(connection, operation, tell)
        except asyncio.CancelledError:
            await self._journal.end(operation.id, State.INTERRUPTED)
            raise
        except OperationCancelledError:
            await self._journal.end(operation.id, State.CANCELLED)
        except TimeoutError:
            await self._journal.end(operation.id, State.FAILED, error=OperationTimeoutError.key)
        except (DBAPIError, OSError) as error:
            log.warning("operation lost its connection", operation=operation.id, error=repr(error))
            await self._journal.end(operation.id, State.INTERRUPTED)
            raise
        else:
            await self._journal.end(operation.id, State.FAILED if refused else State.DONE, error=refused)

    async def _perform_all(self, connection: AsyncConnection, operation: Operation, tell: Tell) -> str | None:
        """Do the steps; one that is refused does not hold up the others. Return the first refusal's message key."""
        result: dict[str, Any] = {name: list(entries) for name, entries in operation.result.items()}
        for name in ("refused", "held", "failed", "existing"):  # what stood in the way last time may do so no more
            result.pop(name, None)

        async def note(name: str, entry: dict[str, Any]) -> None:
            result.setdefault(name, []).append(entry)
            if await self._journal.note(operation.id, result):
                raise OperationCancelledError

        around = Surroundings(self._clock(), await self._holds.of_table(operation.table_name), self._rollups)
        first: str | None = None
        for step in operation.arguments["steps"]:
            try:
                await _guarded(perform(step, connection, operation.table_name, around, note, tell))
            except OperationCancelledError:
                raise
            except HydrodiagError as error:
                first = first or error.key
                await note("refused", {"kind": step["kind"], "error": error.key, "params": error.params})
        return first


async def _guarded(work: Any) -> None:
    """Await `work`; what the database refuses becomes a typed error, a lost connection stays what it is."""
    try:
        await work
    except DBAPIError as error:
        if error.connection_invalidated or _lost(error):
            raise
        log.warning("step refused", error=str(error.orig))
        if is_contention(error):
            raise TableLockedError(str(error.orig)) from error
        raise DatabaseRefusedError(str(error.orig), reason=str(error.orig)[:300]) from error


def _lost(error: DBAPIError) -> bool:
    """Tell whether the server went away (classes 57P and 08)."""
    return str(getattr(error.orig, "sqlstate", None) or "08").startswith(("57P", "08"))
