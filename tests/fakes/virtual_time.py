"""An event loop with a clock that jumps to the next timer: no waiting, and nothing depends on the load."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_SHORTEST_S = 1e-6
"""Less would be lost in rounding, and time would stand still."""


class _Jumping(selectors.DefaultSelector):
    """Never waits; says by how much it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self.jumped += max(timeout, _SHORTEST_S)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """For code that waits for nothing but timers: what really runs elsewhere is not waited for."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        self._stalled = 0.0
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time, in seconds."""
        return self._jumping.jumped + self._stalled

    def stall(self, seconds: float) -> None:
        """Let time pass while the loop does nothing, as if it were busy."""
        self._stalled += seconds


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
