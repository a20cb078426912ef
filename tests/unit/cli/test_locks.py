"""Who may use a home folder at the same time."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from cli.locks import AlreadyRunningError, SharedUse, only_one

HOLDER = """
import sys, pathlib
from cli.locks import only_one
with only_one(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_refused_with_the_folder_named(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    with only_one(lock), pytest.raises(AlreadyRunningError, match=str(tmp_path)), only_one(lock):
        pytest.fail("two runs at once")


def test_a_killed_run_does_not_keep_the_folder(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunningError), only_one(lock):
            pass
        holder.kill()
    with only_one(lock):
        pass


async def test_who_started_the_parts_waits_for_the_others(tmp_path: Path) -> None:
    starter, guest = SharedUse(tmp_path / "parts.lock"), SharedUse(tmp_path / "parts.lock")
    order: list[str] = []
    for use in (starter, guest):
        with use.joining():
            pass

    async def leave(use: SharedUse, name: str, patience_s: float) -> None:
        async with use.leaving(patience_s):
            order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(leave(starter, "starter", 30))
        await asyncio.sleep(0.2)
        assert order == []
        guest._file.close()  # type: ignore[union-attr]  # the guest's process ends: it needs no gate to leave
    assert order == ["starter"]


async def test_waiting_for_the_others_has_an_end(tmp_path: Path) -> None:
    starter, guest = SharedUse(tmp_path / "parts.lock"), SharedUse(tmp_path / "parts.lock")
    for use in (starter, guest):
        with use.joining():
            pass
    async with asyncio.timeout(5), starter.leaving(0.05):
        pass
    async with guest.leaving(0):
        pass
