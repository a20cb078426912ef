"""The limits of the child that reads documents."""

import signal
import subprocess
import sys

from tests.unit.test_settings import ROOT

_BUSY = """
from core.rag.parsing import ParsingLimits
from core.rag.parsing_child import _limit
_limit(ParsingLimits(max_bytes=1, max_pages=1, timeout_s=1, memory_mb=4096))
while True:
    pass
"""


def test_the_end_of_its_time_is_told_from_other_deaths() -> None:
    """A busy child meets the limit of CPU at the same moment as its parent's patience ends: either means too slow."""
    done = subprocess.run([sys.executable, "-c", _BUSY], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGXCPU
