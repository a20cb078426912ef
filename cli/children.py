"""Child processes of `hydrodiag run`: started, watched, restarted with patience, stopped in order."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cli.steps import console
from core.jobs import Queue
from core.processes import die_with_parent
from core.settings import EXIT_SETTINGS, Settings, child_environment

_LOG_LIMIT = 10 * 1024 * 1024
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_SETTLED_S = 120.0
"""Who ran for so long is started again at once: another crash long ago is no reason to wait."""


@dataclass
class Child:
    """A Python module run as a process of its own; what it writes goes to a log file."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    stopping: bool = False
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def keep_running(self) -> int:
        """Run the module, again after each crash; return its exit code once it should not run any more."""
        pause = _FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = await self._run_once()
            if self.stopping or code == EXIT_SETTINGS:
                return code
            if time.monotonic() - began >= _SETTLED_S:
                pause = _FIRST_PAUSE_S
            console.print(f"[red]✗[/red] {self.name} ended with code {code}; again in {pause:.0f} s (see {self.log})")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def stop(self, patience_s: float) -> None:
        """Ask the process to end; kill it when it has not after `patience_s` seconds."""
        self.stopping = True
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), patience_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    async def _run_once(self) -> int:
        with _open_log(self.log) as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.arguments,
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C goes to the whole terminal group: the parent alone decides the order of stopping.
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        return await self.process.wait()


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def children_of(settings: Settings) -> list[Child]:
    """Return bot, gateway, watch and a worker per queue, in this order, told of all that this process settled."""
    environment = child_environment(**_settled(settings))
    logs = settings.hydrodiag_home / "logs"
    return [
        Child("bot", ("bot",), environment, logs / "bot.log"),
        Child("gateway", ("gateway",), environment, logs / "gateway.log"),
        Child("watch", ("workers.watch",), environment, logs / "watch.log"),
        *(Child(f"worker {q}", ("workers", q.value), environment, logs / f"worker-{q}.log") for q in Queue),
    ]


def _settled(settings: Settings) -> dict[str, str]:
    secrets = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "TELEGRAM_BOT_TOKEN": settings.telegram_bot_token,
    }
    return {
        **{name: value.get_secret_value() for name, value in secrets.items() if value is not None},
        "HYDRODIAG_HOME": str(settings.hydrodiag_home),
        "BOT__API_URL": str(settings.bot.api_url),
        "BOT__HEALTH_PORT": str(settings.bot.health_port),
        "INGEST__HTTP_PORT": str(settings.ingest.http_port),
        # Bot and worker embed at the same time: OpenMP threads that spin while they wait take each other's cores.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
