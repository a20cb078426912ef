"""The doors between packages, as DESIGN draws them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_nothing_imports_tests() -> None:
    packages = ["bot", "cli", "core", "demo", "migrations", "workers", "benchmarks"]
    sources = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    guilty = [file for file in sources if "import tests" in (text := file.read_text()) or "from tests" in text]
    assert sources
    assert guilty == []


def test_a_worker_starts_without_aiogram() -> None:
    code = "import sys, workers.__main__; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
