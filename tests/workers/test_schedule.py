"""What runs by the clock."""

import pytest

from core.jobs import CHECK_HEALTH, Queue
from workers.schedule import RUNNERS, cron_jobs


@pytest.mark.parametrize("queue", list(Queue))
def test_a_queues_schedule_names_only_its_own_jobs_and_catches_up_at_start(queue: Queue) -> None:
    names = {f"cron:{runner.job.function}" for runner in RUNNERS[queue]}
    jobs = cron_jobs(queue)
    assert jobs
    assert {job.name for job in jobs} <= names
    assert all(job.job_id == job.name for job in jobs)
    assert {job.name for job in jobs if not job.run_at_startup} <= {f"cron:{CHECK_HEALTH.function}"}


def test_every_job_belongs_to_the_queue_whose_worker_knows_it() -> None:
    assert all(runner.job.queue is queue for queue, runners in RUNNERS.items() for runner in runners)
