"""A process of ours on a clock that somebody sets: `python -m benchmarks.stepped_clock MODULE FILE`.

FILE holds the seconds by which the clock is wrong; MODULE has a `main()`, as `bot.__main__` and `workers.watch`.
"""

import importlib
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from core.clock import utc_now
from core.container import Container


def run(module: str, file: Path) -> int:
    """Run the module's `main` with the clock of `file`; return its exit code."""
    opened: Any = Container.open

    def clock() -> datetime:
        return utc_now() + timedelta(seconds=float(file.read_text()))

    with patch.object(Container, "open", lambda settings: opened(settings, clock=clock)):
        return int(importlib.import_module(module).main())


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1], Path(sys.argv[2])))
