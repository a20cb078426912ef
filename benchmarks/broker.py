"""Mosquitto for benchmarks: on a port of its own, open to everybody on this machine."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.processes import ended, free_port

_CONNECTS_WITHIN_S = 10


def mosquitto() -> str | None:
    """Return where the program is, if it is here."""
    return shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/bin")


def configured(folder: Path, port: int, *, persistent: bool = False) -> Path:
    """Write a configuration into `folder`. `persistent`: what is acknowledged survives a restart."""
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0", "log_dest none"]
    if persistent:
        lines += ["persistence true", f"persistence_location {folder}/", "user root"]
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n")
    return config


@asynccontextmanager
async def broker() -> AsyncIterator[int]:
    """Run mosquitto; yield its port once it takes connections.

    Raises:
        SystemExit: it is not installed.
    """
    program, port = mosquitto(), free_port()
    if program is None:
        raise SystemExit("needs mosquitto (Debian's package of that name)")
    with tempfile.TemporaryDirectory(prefix="hydrodiag-benchmark-") as folder:
        running = await asyncio.create_subprocess_exec(program, "-c", str(configured(Path(folder), port)))
        try:
            async with asyncio.timeout(_CONNECTS_WITHIN_S):
                while not await _connects(port):
                    await asyncio.sleep(0.02)
            yield port
        finally:
            await ended(running)


async def _connects(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
