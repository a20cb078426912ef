"""What an update has set going: it counts as handled once its handler and all work for it have told how they ended.

A handler finds the hold of its update with `current_hold`; work that goes on after it takes a claim of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

from bot.patience import OUTAGES


class Hold:
    """Counts the claims on one update. `finish` is called after the last one, with whether all were released."""

    def __init__(self, finish: Callable[[bool], Awaitable[None]]) -> None:
        self._finish = finish
        self._open = 0
        self._well = True

    def take(self) -> "Claim":
        """Take a claim."""
        self._open += 1
        return Claim(self)

    async def close(self, *, well: bool) -> None:
        """End one claim."""
        self._open -= 1
        self._well = self._well and well
        if not self._open:
            await self._finish(self._well)


class Claim:
    """Ended once, by whichever is called first; one that is never ended has its update handled again after a restart.

    So work that is cut off by the end of the process just leaves it.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold: Hold | None = hold

    async def release(self) -> None:
        """Whoever waits has been told the end."""
        await self._close(well=True)

    async def give_back(self) -> None:
        """Nobody could be told: the update is to be handled again."""
        await self._close(well=False)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell the end inside. An outage gives the update back; the end of the process leaves it."""
        try:
            yield
        except OUTAGES:
            await self.give_back()
            raise
        except Exception:
            await self.release()
            raise
        await self.release()

    async def _close(self, *, well: bool) -> None:
        hold, self._hold = self._hold, None
        if hold is not None:
            await hold.close(well=well)


async def settle(claim: Claim, work: asyncio.Task[None]) -> None:
    """End `claim` with `work`, which tells its end itself, or is given up by somebody. For the supervisor.

    Where the process ends, both are cut off, and the claim stays. An outage that `work` ends by gives the update back.
    """
    await asyncio.wait({work})
    silenced = not work.cancelled() and isinstance(work.exception(), OUTAGES)
    await (claim.give_back() if silenced else claim.release())


async def _nothing(_: bool) -> None:
    pass


def no_hold() -> Hold:
    """Return the hold of what is not kept."""
    return Hold(_nothing)


_current: ContextVar[Hold | None] = ContextVar("hold", default=None)
_failed: ContextVar[Claim | None] = ContextVar("failed", default=None)


def bind_hold(hold: Hold) -> None:
    """Make `hold` the one of this task's update."""
    _current.set(hold)
    _failed.set(None)


def current_hold() -> Hold:
    """Return the hold of the update that this task works for."""
    return _current.get() or no_hold()


def leave_to_error_router(claim: Claim) -> None:
    """Have whoever tells of an error end the handler's `claim`."""
    _failed.set(claim)


def claim_of_failed_handler() -> Claim:
    """Return the claim that a handler left by its error."""
    return _failed.get() or no_hold().take()
