"""Child processes that don't outlive us."""

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(ending: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that has the kernel send `ending` to the child when we end, even if we are killed.

    Linux only (`prctl(2)`, PR_SET_PDEATHSIG); elsewhere a child of a killed parent lives on.
    """

    def before_exec() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(ending))

    return before_exec
