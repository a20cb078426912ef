"""The jobs that exist, by name and queue, and the record of those that failed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, String, func
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Queue(StrEnum):
    """arq queues; one worker process each."""

    AI_TASKS = "ai_tasks"
    DIAGNOSTICS = "diagnostics"
    USERS = "users"


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of job: the function that does it and the one queue whose worker knows that function."""

    function: str
    queue: Queue


REBUILD_INDEX = Job("rebuild_index", Queue.AI_TASKS)
REFRESH_ROLLUPS = Job("refresh_rollups", Queue.DIAGNOSTICS)
UPKEEP = Job("upkeep", Queue.DIAGNOSTICS)
RUN_OPERATION = Job("run_operation", Queue.DIAGNOSTICS)
RESUME_OPERATIONS = Job("resume_operations", Queue.DIAGNOSTICS)
CHECK_HEALTH = Job("check_health", Queue.DIAGNOSTICS)
SNAPSHOT_STATS = Job("snapshot_stats", Queue.DIAGNOSTICS)
PRUNE_OUTBOX = Job("prune_outbox", Queue.USERS)
SEND_DIGESTS = Job("send_digests", Queue.USERS)
ANNOUNCE_DUTY = Job("announce_duty", Queue.USERS)
BACK_UP = Job("back_up", Queue.USERS)
PURGE_CHAT_LOG = Job("purge_chat_log", Queue.USERS)


class FailedJob(Base):
    """A job that gave up. arq has no dead-letter queue: this table is it."""

    __tablename__ = "failed_jobs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    failed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    queue: Mapped[str] = mapped_column(String(32))
    function: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(String(128))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    error: Mapped[str]
    attempts: Mapped[int]
    correlation_id: Mapped[str | None] = mapped_column(String(32))
