"""Child processes: restarted after a crash, not after unusable settings, stopped when asked, never left behind."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli import children
from cli.children import Child
from core.settings import EXIT_SETTINGS, child_environment


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    (tmp_path / "crash_once.py").write_text(
        "import pathlib, sys\n"
        "mark = pathlib.Path('mark')\n"
        "if not mark.exists():\n    mark.touch(); sys.exit(1)\n"
        f"print('second life'); sys.exit({EXIT_SETTINGS})\n"
    )
    (tmp_path / "stubborn.py").write_text(
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path('ready').touch()\n"
        "time.sleep(60)\n"
    )
    return tmp_path


def child(folder: Path, module: str) -> Child:
    return Child(module, (module,), child_environment(PYTHONPATH=str(folder)), folder / "logs" / f"{module}.log")


async def test_a_crash_is_followed_by_another_start_and_bad_settings_are_not(
    modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(modules)
    monkeypatch.setattr(children, "_FIRST_PAUSE_S", 0.01)
    crashing = child(modules, "crash_once")
    assert await crashing.keep_running() == EXIT_SETTINGS
    assert crashing.log.read_text() == "second life\n"


@pytest.mark.parametrize(("settled_s", "pauses"), [(0.0, [0.01, 0.01, 0.01]), (60.0, [0.01, 0.02, 0.04])])
async def test_only_crashes_in_a_row_make_the_next_start_wait_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled_s: float, pauses: list[float]
) -> None:
    codes, slept = iter([1, 1, 1, EXIT_SETTINGS]), []

    async def run_once(_: Child) -> int:
        return next(codes)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(children, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(children, "_SETTLED_S", settled_s)
    monkeypatch.setattr(Child, "_run_once", run_once)
    monkeypatch.setattr("cli.children.asyncio.sleep", sleep)
    await child(tmp_path, "any").keep_running()
    assert slept == pauses


async def test_a_child_that_ignores_the_request_is_killed(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(modules)
    stubborn = child(modules, "stubborn")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stubborn.keep_running())
        while not (modules / "ready").exists():
            await asyncio.sleep(0.01)
        await stubborn.stop(patience_s=0.1)
    assert running.result() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ties children to their parent on Linux only")
def test_children_end_when_their_parent_is_killed(modules: Path) -> None:
    code = (
        "import asyncio, pathlib\n"
        "from cli.children import Child\n"
        "from core.settings import child_environment\n"
        "(pathlib.Path('sleeper.py')).write_text('import time; time.sleep(60)')\n"
        "c = Child('s', ('sleeper',), child_environment(PYTHONPATH='.'), pathlib.Path('s.log'))\n"
        "async def main():\n"
        "    task = asyncio.ensure_future(c.keep_running())\n"
        "    while c.process is None: await asyncio.sleep(0.01)\n"
        "    print(c.process.pid, flush=True)\n"
        "    await task\n"
        "asyncio.run(main())\n"
    )
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=modules,
        env=child_environment(PYTHONPATH=root),
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        watch = os.pidfd_open(pid)
        parent.kill()
    with os.fdopen(watch):
        ready, _, _ = select.select([watch], [], [], 10)
    assert ready, "the child outlived its parent"
