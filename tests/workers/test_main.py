"""The worker process."""

import subprocess
import sys
from pathlib import Path

from core.settings import child_environment

ROOT = Path(__file__).parents[2]
ALLOCATE = "import sys; from workers.__main__ import limit_memory; limit_memory(512); bytearray(1 << 30)"


def test_memory_over_the_limit_is_an_error_not_the_machines_end() -> None:
    done = subprocess.run([sys.executable, "-c", ALLOCATE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_an_unknown_queue_and_missing_settings_end_with_code_2(tmp_path: Path) -> None:
    for arguments, said in ((["nonsense"], "usage:"), (["users"], "DATABASE_URL, REDIS_URL: needed")):
        done = subprocess.run(
            [sys.executable, "-m", "workers", *arguments],
            cwd=tmp_path,
            env=child_environment(PYTHONPATH=str(ROOT), DATABASE_URL="", REDIS_URL=""),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert said in done.stderr
