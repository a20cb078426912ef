"""The servers that benchmarks store into, each started where it is needed and gone afterwards."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from core.embedded import EmbeddedPostgres, EmbeddedValkey
from migrations.runner import upgrade


@asynccontextmanager
async def server(url: str | None) -> AsyncIterator[str]:
    """Yield the address of a PostgreSQL server: the one at `url`, else an embedded one that is not durable."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="hydrodiag-benchmark-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "pg", options={"fsync": "off", "synchronous_commit": "off"})
        try:
            yield await postgres.start()
        finally:
            await postgres.stop()


@asynccontextmanager
async def database(server: str) -> AsyncIterator[str]:
    """Make a database with our schema; drop it afterwards."""
    name = f"hydrodiag_benchmark_{uuid4().hex[:12]}"
    plain = make_url(server).set(drivername="postgresql")
    admin = plain.render_as_string(hide_password=False)
    await _administer(admin, "SELECT format('CREATE DATABASE %I TEMPLATE template0', $1::text)", name)
    try:
        url = plain.set(database=name).render_as_string(hide_password=False)
        await upgrade(url)
        yield url
    finally:
        await _administer(admin, "SELECT format('DROP DATABASE %I WITH (FORCE)', $1::text)", name)


@asynccontextmanager
async def valkey(folder: Path) -> AsyncIterator[str]:
    """Yield the address of an embedded Valkey that keeps its files below `folder`."""
    embedded = EmbeddedValkey(folder / "valkey")
    try:
        yield await embedded.start()
    finally:
        await embedded.stop()


async def _administer(url: str, template: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(await connection.fetchval(template, name))
    finally:
        await connection.close()
