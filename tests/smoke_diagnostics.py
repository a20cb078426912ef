"""The newcomer's path, end to end: `hydrodiag run` on an empty home folder, then a person at the chat page.

Nothing is replaced: embedded PostgreSQL and Valkey, the demonstration plant, the index, the bot, the workers.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.console import ADMIN, ENGINEER, STRANGER
from bot.console.guard import PAGE_HEADER

ROOT = Path(__file__).parents[1]
FIRST_START_S = 600
QUESTION = "why does the pump whine and the boom drift down?"
VOPROS = "почему воет насос и сползает стрела?"

pytestmark = pytest.mark.timeout(FIRST_START_S + 120)


class Run:
    """A `hydrodiag run` and the chat page in front of it."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.page = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={PAGE_HEADER: "smoke"}, timeout=10, trust_env=False
        )
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HYDRODIAG_HOME": str(home),
            "CONSOLE__PORT": str(port),
            "OLLAMA_BASE_URL": "http://127.0.0.1:9",  # nothing answers on the discard port
        }
        self._log = home.parent / "run.log"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another `hydrodiag` command on the same home folder."""
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=self.home.parent,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self) -> float:
        """Start, wait until it says that it is ready; return after how many seconds."""
        began = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cli", "run"],
                cwd=self.home.parent,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        self.until(lambda: "Hydrodiag is ready" in self._log.read_text(), FIRST_START_S)
        return time.monotonic() - began

    def end(self, number: signal.Signals) -> int:
        """Send the run a signal and wait for its end; return its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(60)

    def until(self, ready: Callable[[], Any], timeout: float = 30) -> Any:
        """Wait for `ready` to return something true."""
        deadline = time.monotonic() + timeout
        while not (found := ready()):
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                pytest.fail(f"{'ended' if ended else 'timed out'}:\n{self._log.read_text()[-3000:]}\n{self._tails()}")
            time.sleep(0.1)
        return found

    def messages(self, person: int) -> list[dict[str, Any]]:
        """Return the person's chat."""
        found: list[dict[str, Any]] = self.page.get("/console/state", params={"person": person}).json()["messages"]
        return found

    def say(self, person: int, text: str) -> list[dict[str, Any]]:
        """Say something; return the bot's messages that follow once they satisfy nobody's hurry: the first one."""
        before = max((m["message_id"] for m in self.messages(person)), default=0)
        self.page.post("/console/say", json={"person": person, "text": text}).raise_for_status()

        def answers() -> list[dict[str, Any]]:
            new = [m for m in self.messages(person) if m["message_id"] > before and m["from"]["is_bot"]]
            return [m for m in new if len(m.get("text", m.get("caption", ""))) > 1]

        found: list[dict[str, Any]] = self.until(answers)
        return found

    def _tails(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in (self.home / "logs").glob("*.log"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def ending(run: Run) -> Iterator[Run]:
    try:
        yield run
    finally:
        if run._process is not None and run._process.poll() is None:
            run._process.kill()
            run._process.wait()
        run.page.close()


def has_picture(messages: list[dict[str, Any]]) -> bool:
    return any("photo" in message for message in messages)


def test_a_newcomer_gets_answers_and_a_killed_run_breaks_nothing(tmp_path: Path) -> None:
    with ending(Run(tmp_path / "home", free_port())) as run:
        first = run.start()

        english = run.say(ENGINEER, QUESTION)[-1]["text"]
        assert re.search(r"\[1\]", english)
        russian = run.say(ENGINEER, VOPROS)[-1]["text"]
        assert re.search("[а-я]{4}", russian)
        assert re.search(r"\[1\]", russian)
        assert has_picture(run.say(ENGINEER, "/summary press-2"))
        assert "PostgreSQL" in run.say(ADMIN, "/health")[0]["text"]
        refused = run.say(ENGINEER, "who won the football world cup in 1966?")[-1]["text"]
        assert "[1]" not in refused
        assert run.say(STRANGER, QUESTION)[-1]["text"] != english

        second = run.command("run")
        assert second.returncode == 1
        assert "already running" in second.stderr

        asked = run.command("ask", QUESTION, "--json")
        assert asked.returncode == 0, asked.stderr
        assert '"refused": false' in asked.stdout

        chat = len(run.messages(ENGINEER))
        run.end(signal.SIGKILL)
        again = run.start()
        assert again < first
        assert len(run.messages(ENGINEER)) == chat
        assert re.search(r"\[1\]", run.say(ENGINEER, QUESTION)[-1]["text"])
        assert run.end(signal.SIGINT) == 0
