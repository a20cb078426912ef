"""Databases made for tests on one server."""

from uuid import uuid4

import asyncpg
from sqlalchemy import URL, make_url


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, admin_url: str) -> None:
        self._admin = make_url(admin_url)

    async def create(self, template: str | None = None) -> str:
        """Create an empty database, or a clone of the database `template`; return its name."""
        name = f"hydrodiag_test_{uuid4().hex[:12]}"
        await self._execute(
            "SELECT format('CREATE DATABASE %I TEMPLATE %I', $1::text, $2::text)", name, template or "template0"
        )
        return name

    async def seal(self, name: str) -> None:
        """Close the database to connections, TimescaleDB's own launcher included: who is connected hinders cloning."""
        await self._execute("SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', $1::text)", name)
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.fetch(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name
            )
        finally:
            await connection.close()

    async def drop(self, name: str) -> None:
        """Drop the database, whoever is connected to it."""
        await self._execute("SELECT format('DROP DATABASE %I WITH (FORCE)', $1::text)", name)

    def url(self, name: str) -> str:
        """Return the address of the database `name`."""
        return _render(self._admin.set(database=name))

    async def _execute(self, template: str, *names: str) -> None:
        connection = await asyncpg.connect(_render(self._admin))
        try:
            await connection.execute(await connection.fetchval(template, *names))
        finally:
            await connection.close()


def _render(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
