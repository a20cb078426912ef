"""What the health check makes of what it measures; every finding is worded in both languages."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n import text_for
from core.diagnostics.models import Severity
from core.timescale import findings
from core.timescale.findings import Check, DatabaseJob, RedisState, ServerState, WorkerState
from core.timescale.stats import HypertableStats, Partitioning

NOW = datetime(2026, 3, 2, tzinfo=UTC)
GRID = datetime(2026, 2, 26, tzinfo=UTC)
WEEK = timedelta(days=7)


def server(connections: int = 10, locks: int = 0, skew: timedelta = timedelta(0)) -> ServerState:
    return ServerState(1, connections, 100, locks, skew)


@pytest.mark.parametrize(
    ("connections", "severity"), [(79, None), (80, Severity.WARNING), (94, Severity.WARNING), (95, Severity.CRITICAL)]
)
def test_connections_are_critical_before_they_run_out(connections: int, severity: Severity | None) -> None:
    assert [f.severity for f in findings.of_server(server(connections))] == ([severity] if severity else [])


@pytest.mark.parametrize("seconds", [-6, 6])
def test_a_clock_that_is_off_either_way_is_found(seconds: int) -> None:
    (finding,) = findings.of_server(server(skew=timedelta(seconds=seconds)))
    assert (finding.check, finding.evidence) == (Check.CLOCK, {"seconds": float(seconds)})


@pytest.mark.parametrize(("covered_weeks", "ahead"), [(0, 0), (1, 0), (2, 1), (3, 2)])
def test_chunks_ahead_count_from_the_end_of_the_current_one(covered_weeks: int, ahead: int) -> None:
    parts = Partitioning(WEEK, covered_weeks, 0, GRID + covered_weeks * WEEK)
    stats = HypertableStats("t", 0, 0, 0, 0, 0, parts, None, None)
    assert findings.chunks_ahead(stats, NOW) == ahead


def test_the_portal_fault_is_explained_once_and_other_faults_stay_their_own() -> None:
    fault = 'cannot drop portal "" while it is being set up'
    jobs = (DatabaseJob(1, "a", fault), DatabaseJob(2, "b", fault), DatabaseJob(3, "c", "disk full"))
    portal, other = findings.of_database_jobs(jobs)
    assert (portal.check, portal.severity, portal.evidence) == (Check.PORTAL_FAULT, Severity.INFO, {"jobs": "1, 2"})
    assert (other.check, other.evidence["error"]) == (Check.DATABASE_JOB, "disk full")


def test_nothing_is_said_of_workers_while_redis_is_silent() -> None:
    (finding,) = findings.of_surroundings(RedisState(None), (), 0)
    assert finding.check is Check.REDIS
    (silent,) = findings.of_surroundings(RedisState("9"), (WorkerState("users", False, 3),), 0)
    assert silent.command == "python -m workers users"


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("check", Check)
def test_every_check_has_words(language: str, check: Check) -> None:
    assert f"timescale-finding-{check}" in text_for(language).keys()  # noqa: SIM118 - Text is no mapping
