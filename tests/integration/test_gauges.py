"""What has to be asked for when Prometheus comes: the outbox's age, the queues, the alarms that stand."""

from datetime import timedelta

from redis.asyncio import Redis

from core.database import SessionFactory
from core.diagnostics.models import Severity
from core.gauges import of_alarms, of_outbox, of_queues
from core.jobs import UPKEEP
from core.outbox import Outbox
from core.queue import ArqQueue
from tests.fakes.clock import SettableClock
from tests.fakes.metrics import sample
from tests.integration.alerts.conftest import Plant, plant

__all__ = ["plant"]


async def test_the_outbox_shows_what_is_due_and_for_how_long(sessions: SessionFactory, clock: SettableClock) -> None:
    outbox = Outbox(sessions, clock)
    async with sessions.begin() as session:
        await outbox.enqueue(session, 1, "access-granted")
        await outbox.enqueue(session, 1, "access-granted", due_at=clock() + timedelta(hours=8))
    clock.advance(timedelta(minutes=3))
    await of_outbox(outbox)()
    assert (sample("hydrodiag_outbox_waiting"), sample("hydrodiag_outbox_age_seconds")) == (1, 180)
    (message,) = await outbox.claim(10)
    await outbox.sent(message)
    await of_outbox(outbox)()
    assert (sample("hydrodiag_outbox_waiting"), sample("hydrodiag_outbox_age_seconds")) == (0, 0)


async def test_a_queue_shows_what_waits_in_it(redis: Redis) -> None:
    queue = ArqQueue(redis.connection_pool)
    for number in range(3):
        await queue.enqueue(UPKEEP, job_id=str(number))
    await of_queues(redis)()
    assert sample("hydrodiag_jobs_waiting", queue="diagnostics") == 3
    assert sample("hydrodiag_jobs_waiting", queue="users") == 0


async def test_alarms_show_by_severity_and_are_gone_with_their_end(plant: Plant) -> None:
    await plant.find(Severity.CRITICAL)
    await plant.find(Severity.WARNING, plant.flow)
    await of_alarms(plant.alerting.book)()
    assert sample("hydrodiag_alarms_open", severity="critical") == 1
    assert sample("hydrodiag_alarms_open", severity="warning") == 1
    await plant.find(None)
    await plant.wait(hours=1)
    await of_alarms(plant.alerting.book)()
    assert sample("hydrodiag_alarms_open", severity="critical") == 0
