"""The embedded servers: they come up after any end, lose nothing that they promised to keep, and don't outlive us."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from core.embedded import EmbeddedMissingError, EmbeddedPostgres, EmbeddedStartError, EmbeddedValkey
from core.embedded.server import accepts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="parents' deaths are seen on Linux only")

FAST = {"fsync": "off"}
PARENT = """
import asyncio, sys
from pathlib import Path
from core.embedded import EmbeddedPostgres, EmbeddedValkey

async def main() -> None:
    home = Path(sys.argv[1])
    await EmbeddedPostgres(home / "postgres", options={"fsync": "off"}).start()
    await EmbeddedValkey(home / "valkey").start()
    print("up", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A folder with a short name: pytest's own are longer than a socket's path may be."""
    folder = Path(tempfile.mkdtemp(prefix="hydrodiag-test-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Path]:
    """A cluster that was started once and stopped cleanly, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="hydrodiag-test-"))
    server = EmbeddedPostgres(folder / "postgres", options=FAST)
    await server.start()
    await server.stop()
    yield folder / "postgres"
    shutil.rmtree(folder)


@pytest.fixture
def home(empty_home: Path, cluster: Path) -> Path:
    """A home folder with a cluster from an earlier start."""
    subprocess.run(["cp", "-a", cluster, empty_home], check=True)
    return empty_home


@asynccontextmanager
async def running_parent(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that starts both servers, until told otherwise."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(home), stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if line == b"up\n":
                break
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        async with asyncio.timeout(30):
            while (home / "postgres" / "postmaster.pid").exists() or accepts(home / "valkey" / "valkey.sock"):
                await asyncio.sleep(0.01)


async def test_a_cluster_speaks_utf8_and_utc_and_sorts_cyrillic_case(empty_home: Path) -> None:
    server = EmbeddedPostgres(empty_home / "postgres", options=FAST)
    connection = await asyncpg.connect(await server.start())
    shown = "SELECT current_database(), current_setting('server_encoding'), current_setting('TimeZone'), lower('ПРЕСС')"
    assert [tuple(row) for row in await connection.fetch(shown)] == [("hydrodiag", "UTF8", "UTC", "пресс")]
    await connection.close()
    await server.stop()
    assert not accepts(empty_home / "postgres" / ".s.PGSQL.5432")


async def test_a_restart_loses_nothing(home: Path) -> None:
    server, valkey = EmbeddedPostgres(home / "postgres", options=FAST), EmbeddedValkey(home / "valkey")
    connection = await asyncpg.connect(await server.start())
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()
    async with Redis.from_url(await valkey.start()) as client:
        await client.set("kept", "42")
    await server.stop()
    await valkey.stop()

    connection = await asyncpg.connect(await server.start())
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.close()
    async with Redis.from_url(await valkey.start()) as client:
        assert await client.get("kept") == b"42"
    await server.stop()
    await valkey.stop()


async def test_servers_end_with_a_killed_parent_and_start_again(home: Path) -> None:
    async with running_parent(home) as parent:
        parent.kill()
        await parent.wait()
        server, valkey = EmbeddedPostgres(home / "postgres", options=FAST), EmbeddedValkey(home / "valkey")
        async with asyncio.timeout(30):
            while accepts(home / "postgres" / ".s.PGSQL.5432") or accepts(home / "valkey" / "valkey.sock"):
                await asyncio.sleep(0.01)
        await server.start()
        await valkey.start()
        assert not server.attached
        assert not valkey.attached
        await server.stop()
        await valkey.stop()


async def test_a_killed_database_recovers_what_was_committed(home: Path) -> None:
    server = EmbeddedPostgres(home / "postgres", options=FAST)
    connection = await asyncpg.connect(await server.start())
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    connection.terminate()

    again = EmbeddedPostgres(home / "postgres", options=FAST)
    connection = await asyncpg.connect(await again.start())
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.close()
    await again.stop()
    await server.stop()


async def test_a_pid_file_whose_number_is_another_process_now_does_not_hinder(home: Path) -> None:
    server = EmbeddedPostgres(home / "postgres", options=FAST)
    pid_file = home / "postgres" / "postmaster.pid"

    async with running_parent(home / "other") as bystander:
        postmaster = int((home / "other" / "postgres" / "postmaster.pid").read_text().split()[0])
        assert bystander.returncode is None
        pid_file.write_text(f"{postmaster}\n{home}/postgres\n1700000000\n5432\n{home}/postgres\n\n\nready\n")
        await server.start()
        assert not server.attached
        await server.stop()


@pytest.mark.parametrize("content", ["", "12\n", "x\ny\nz\nnot a port\n/tmp\n"])
async def test_a_torn_pid_file_does_not_hinder(home: Path, content: str) -> None:
    server = EmbeddedPostgres(home / "postgres", options=FAST)
    (home / "postgres" / "postmaster.pid").write_text(content)
    await server.start()
    await server.stop()


async def test_a_start_killed_in_the_middle_of_initdb_starts_over(empty_home: Path) -> None:
    half = empty_home / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(empty_home / "postgres", options=FAST)
    await server.start()
    assert not half.exists()
    await server.stop()


async def test_a_second_start_attaches_and_leaves_the_first_alone(home: Path) -> None:
    async with running_parent(home):
        server, valkey = EmbeddedPostgres(home / "postgres"), EmbeddedValkey(home / "valkey")
        url = await server.start()
        await valkey.start()
        assert server.attached
        assert valkey.attached
        await server.stop()
        await valkey.stop()
        connection = await asyncpg.connect(url)
        await connection.close()


async def test_a_home_folder_with_a_long_odd_name_works(empty_home: Path) -> None:
    folder = empty_home / ("насос & 100% " + "x" * 60) / "data"
    server, valkey = EmbeddedPostgres(folder / "postgres", options=FAST), EmbeddedValkey(folder / "valkey")
    connection = await asyncpg.connect(await server.start())
    await connection.close()
    async with Redis.from_url(await valkey.start()) as client:
        assert await client.ping()
    await server.stop()
    await valkey.stop()


async def test_a_folder_of_something_else_is_refused_and_kept(empty_home: Path) -> None:
    stranger = empty_home / "postgres" / "letters.txt"
    stranger.parent.mkdir()
    stranger.write_text("dear")
    with pytest.raises(EmbeddedStartError, match="no PostgreSQL cluster"):
        await EmbeddedPostgres(empty_home / "postgres").start()
    assert stranger.read_text() == "dear"


async def test_a_server_that_does_not_start_says_why(home: Path) -> None:
    server = EmbeddedPostgres(home / "postgres", options={"fsync": "off", "shared_buffers": "1TB"})
    with pytest.raises(EmbeddedStartError, match=r"does not start.*memory"):
        await server.start()


async def test_a_missing_extra_is_named(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr("core.embedded.server.find_spec", nothing)
    for server in (EmbeddedPostgres(empty_home / "postgres"), EmbeddedValkey(empty_home / "valkey")):
        with pytest.raises(EmbeddedMissingError):
            await server.start()
