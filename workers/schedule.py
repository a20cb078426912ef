"""What runs by the clock (UTC), on which queue.

Each entry has a fixed job id, so that a firing is dropped while the one before waits or runs, and runs once at start:
what was missed during downtime is caught up. Not so the health check: while the workers start, some are missing.
All these jobs are cheap when there is nothing to do.
"""

from arq.cron import CronJob, cron

from core.jobs import (
    ANNOUNCE_DUTY,
    BACK_UP,
    CHECK_HEALTH,
    PRUNE_OUTBOX,
    PURGE_CHAT_LOG,
    REBUILD_INDEX,
    REFRESH_ROLLUPS,
    RESUME_OPERATIONS,
    SEND_DIGESTS,
    SNAPSHOT_STATS,
    UPKEEP,
    Queue,
)
from workers import ai_tasks, diagnostics, users
from workers.running import Runner

RUNNERS: dict[Queue, tuple[Runner, ...]] = {
    Queue.AI_TASKS: ai_tasks.JOBS,
    Queue.DIAGNOSTICS: diagnostics.JOBS,
    Queue.USERS: users.JOBS,
}


def cron_jobs(queue: Queue) -> list[CronJob]:
    """Return the schedule of `queue`."""
    every = {
        REBUILD_INDEX: {"minute": {7, 37}},  # a change whose job was lost is indexed within half an hour
        REFRESH_ROLLUPS: {"minute": set(range(60))},
        RESUME_OPERATIONS: {"minute": set(range(0, 60, 5))},
        UPKEEP: {"minute": {11}},  # hourly: due once a day, and soon after a day that was missed
        CHECK_HEALTH: {"minute": {3, 18, 33, 48}},
        SNAPSHOT_STATS: {"minute": {1}},
        SEND_DIGESTS: {"minute": set(range(0, 60, 5))},
        ANNOUNCE_DUTY: {"minute": set(range(0, 60, 5))},
        PRUNE_OUTBOX: {"hour": {3}, "minute": {40}},
        PURGE_CHAT_LOG: {"hour": {3}, "minute": {50}},
        BACK_UP: {"hour": {4}, "minute": {20}},
    }
    return [_cron(runner, every[runner.job]) for runner in RUNNERS[queue] if runner.job in every]


def _cron(runner: Runner, when: dict[str, set[int]]) -> CronJob:
    name = f"cron:{runner.job.function}"
    return cron(
        runner.__call__,
        name=name,
        job_id=name,
        hour=when.get("hour"),
        minute=when["minute"],
        run_at_startup=runner.job is not CHECK_HEALTH,
        unique=True,
        max_tries=None,  # the worker's; cron's own default is a single try, whatever workers/running.py asks for
    )
