"""What the health check makes of what it measures; every finding is worded in both languages."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n import text_for
from bot.views.health import finding_words
from core.diagnostics.models import Severity
from core.settings import TimescaleSettings
from core.timescale import findings
from core.timescale.edition import DatabaseKind, Edition
from core.timescale.findings import Check, Finding
from core.timescale.observed import Bloat, DatabaseJob, FailedOperation, RedisState, ServerState, WorkerState
from core.timescale.overdue import Lag, Overdue
from core.timescale.policies import Declared
from core.timescale.stats import Growth, HypertableStats, Partitioning
from core.timescale.tables import Chunk

NOW = datetime(2026, 3, 2, tzinfo=UTC)
GRID = datetime(2026, 2, 26, tzinfo=UTC)
WEEK = timedelta(days=7)
CHUNK = Chunk("public.c1", GRID, GRID + WEEK)


def server(connections: int = 10, skew: timedelta = timedelta(0)) -> ServerState:
    return ServerState(1, connections, 100, 0, skew)


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


@pytest.mark.parametrize(("seconds", "worth_telling"), [(29, False), (30, True)])
def test_only_long_waits_for_locks_are_worth_telling(seconds: int, worth_telling: bool) -> None:
    waiting = ServerState(1, 10, 100, 2, timedelta(0), timedelta(seconds=seconds), "4711, 4712")
    found = list(findings.of_server(waiting))
    assert [f.check for f in found] == [Check.LOCKS] * worth_telling
    assert all("pg_terminate_backend(4711)" in (f.command or "") for f in found)


@pytest.mark.parametrize(
    ("timescale", "postgres", "fits"),
    [("2.19.3", "17.12", True), ("2.19.3", "18.1", False), ("2.29.2", "18.6", True), ("2.29.2", "14.9", False)],
)
def test_a_timescaledb_that_is_not_made_for_this_postgresql_is_found(timescale: str, postgres: str, fits: bool) -> None:
    kind = DatabaseKind(Edition.APACHE, timescale, postgres, False)
    assert [f.check for f in findings.of_versions(kind)] == ([] if fits else [Check.UNSUPPORTED])


@pytest.mark.parametrize(("days", "severity"), [(None, None), (31, None), (29, "warning"), (6.5, "critical")])
def test_a_disk_that_fills_is_found_while_there_is_time(days: float | None, severity: str | None) -> None:
    found = list(findings.of_disk(Growth(1e9, 1.0, 10**10, days)))
    assert [f.severity for f in found] == ([severity] if severity else [])


def every_fault() -> list[Finding]:
    late = Overdue("public.t", Declared("public.t", None, WEEK, WEEK), (CHUNK,), (CHUNK,))
    plain = DatabaseKind(Edition.NONE, None, "17.12", False)
    community = DatabaseKind(Edition.COMMUNITY, "2.29.2", "17.12", True)
    grid = Partitioning(WEEK, 1, 0, GRID)
    return [
        *findings.of_table(
            plain, HypertableStats("public.t", 0, 0, 0, 0, 0, None, None, None), TimescaleSettings(), NOW
        ),
        *findings.of_table(
            community, HypertableStats("public.t", 0, 0, 0, 0, 0, None, GRID, GRID), TimescaleSettings(), NOW
        ),
        *findings.of_table(
            community, HypertableStats("public.t", 0, 0, 0, 0, 0, grid, GRID, NOW), TimescaleSettings(), NOW
        ),
        *findings.of_versions(DatabaseKind(Edition.COMMUNITY, "2.29.2", "14.9", True)),
        *findings.of_server(ServerState(1, 99, 100, 1, WEEK, WEEK, "1")),
        *findings.of_upkeep(late),
        *findings.of_lags([Lag("roll-ups", WEEK), Lag("public.daily", WEEK)]),
        findings.of_lock("sensor_data", "7", WEEK),
        *findings.of_bloat([Bloat("public.t", 9, 1)]),
        *findings.of_disk(Growth(1.0, 1.0, 1, 1.0)),
        *findings.of_operations([FailedOperation(1, "clean", "public.t")]),
        *findings.of_surroundings(RedisState(None), (WorkerState("users", False, 0),), 1),
        *findings.of_database_jobs((DatabaseJob(1, "a", "cannot drop portal"), DatabaseJob(2, "b", "disk full"))),
    ]


def test_every_fault_comes_with_evidence_and_a_command() -> None:
    found = every_fault()
    assert {f.check for f in found} == set(Check)
    assert [f.check for f in found if not (f.evidence and f.command)] == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_fault_is_worded_from_its_evidence(language: str) -> None:
    words = [finding_words(finding, text_for(language)) for finding in every_fault()]
    assert [one for one in words if len(one) < 20] == []
    assert any("2026-03-05" in one for one in words)  # until when the oldest overdue chunk reaches
