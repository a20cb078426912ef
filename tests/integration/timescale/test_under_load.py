"""Maintenance by two workers while readings come and people look: nothing is refused, nothing is lost.

Seconds here; `benchmarks/maintenance.py` does it for minutes and measures what it costs.
"""

import pytest

from benchmarks.maintenance import measure
from tests.databases import Databases


@pytest.mark.timescale
async def test_maintenance_under_load_refuses_nobody_and_loses_nothing(databases: Databases) -> None:
    figures = await measure(databases.url("postgres"), seconds=5, readers=4)
    for name in ("failed_ingests", "failed_reads", "deadlocks", "lost_rows", "failed_operations"):
        assert figures[name] == 0, figures
    assert int(figures["operations"]) >= 2
