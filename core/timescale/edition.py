"""Which TimescaleDB this is: none, Apache or Community; what each can do decides what we offer."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import UnavailableError
from core.timescale.queries import tables


class Edition(StrEnum):
    """TimescaleDB's strength here.

    APACHE has hypertables, chunks, `drop_chunks` and sizes; compression, policies and continuous aggregates need
    COMMUNITY.
    """

    NONE = "none"
    APACHE = "apache"
    COMMUNITY = "community"


class NeedsTimescaleError(UnavailableError):
    """This needs TimescaleDB, which this database does not have."""

    key = "timescale-error-needs-timescale"


class NeedsCommunityError(UnavailableError):
    """This needs TimescaleDB's Community edition."""

    key = "timescale-error-needs-community"


@dataclass(frozen=True, slots=True)
class DatabaseKind:
    """The database's software. `adoptable`: TimescaleDB is there, only the extension is not created yet."""

    edition: Edition
    timescale: str | None
    postgres: str
    adoptable: bool

    def require_timescale(self) -> None:
        """Raise NeedsTimescaleError on plain PostgreSQL."""
        if self.edition is Edition.NONE:
            raise NeedsTimescaleError

    def require_community(self) -> None:
        """Raise NeedsTimescaleError or NeedsCommunityError unless this is the Community edition."""
        self.require_timescale()
        if self.edition is not Edition.COMMUNITY:
            raise NeedsCommunityError


async def detect(connection: AsyncConnection) -> DatabaseKind:
    """Ask the database what it is."""
    row = (await connection.execute(tables.EDITION)).one()
    if row.version is None:
        edition = Edition.NONE
    else:
        edition = Edition.COMMUNITY if row.licence == "timescale" else Edition.APACHE
    # "17.12 (Debian 17.12-0+deb13u1)": the number will do.
    postgres = row.postgres.split()[0]
    return DatabaseKind(edition, row.version, postgres, row.version is None and row.installable and row.preloaded)
