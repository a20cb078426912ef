"""A job queue that only remembers."""

from typing import Any

from core.jobs import Job


class RecordingQueue:
    """A `core.queue.JobQueue`; `jobs` holds function names and ids in the order they came."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, str | None]] = []

    async def enqueue(self, job: Job, *, job_id: str | None = None, **arguments: Any) -> str | None:
        """Remember the job."""
        self.jobs.append((job.function, job_id))
        return job_id
