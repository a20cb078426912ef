"""What a handover tells, kept as it was: the shift's digest and the reports that are open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter

from core.database import Names
from core.diagnostics.digests.news import Digest, Section
from core.diagnostics.models import ReportStatus, Severity

MOST_REPORTS = 4


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report that somebody has to go on with."""

    id: int
    machine: Names
    severity: Severity
    status: ReportStatus
    words: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The shift that ends, and what it leaves undone."""

    shift: Digest
    reports: Section[OpenReport]

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return cast(dict[str, Any], _STORED.dump_python(self, mode="json"))

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Facts":
        """Read what is stored."""
        return _STORED.validate_python(stored)


_STORED = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A handover as it is read; `id` is None while it is only prepared, `number` counts from the newest (0)."""

    facts: Facts
    author: str
    at: datetime
    note: str = ""
    id: int | None = None
    number: int = 0
    older: bool = False
