"""The systemd units: systemd itself finds no fault, and each starts what its container starts."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.jobs import Queue
from core.settings import child_environment
from tests.deploy.compose import ROOT, services

UNITS = ROOT / "deploy/systemd"
TOP = ["hydrodiag.target", *(unit.name for unit in UNITS.glob("*.service") if "@" not in unit.name)]
_START = re.compile(r"^ExecStart=/opt/hydrodiag/venv/bin/(.+)$", re.MULTILINE)


def test_systemd_accepts_them(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze (Debian's package systemd)")
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for unit in tmp_path.glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/hydrodiag/venv/bin/", "/bin/echo "))
    workers = [f"hydrodiag-worker@{queue}.service" for queue in Queue]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *TOP, *workers],
        env=child_environment(SYSTEMD_UNIT_PATH=f"{tmp_path}:"),
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "hydrodiag" in line]
    assert (done.returncode, ours) == (0, [])


def test_they_start_what_the_containers_start() -> None:
    by_compose = {
        " ".join(service["command"]) for name, service in services().items() if "build" in service and name != "backup"
    }
    by_systemd = set()
    for unit in UNITS.glob("*.service"):
        (command,) = _START.findall(unit.read_text())
        by_systemd |= {command.replace("%i", queue) for queue in Queue} if "%i" in command else {command}
    assert by_systemd == by_compose
    wanted = (UNITS / "hydrodiag.target").read_text()
    assert all(f"hydrodiag-worker@{queue}.service" in wanted for queue in Queue)
