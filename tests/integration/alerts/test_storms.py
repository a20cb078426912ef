"""What waits for a chat is told of together where it is much: once, by site, and whatever happened meanwhile."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.diagnostics.alerts.models import AlarmGroup
from core.diagnostics.alerts.storms import MOST_SINGLE, SOUND_AGAIN
from core.diagnostics.alerts.telling import Reason
from core.diagnostics.detection.conditions import AlarmKind, Condition
from core.diagnostics.models import Severity, System
from core.outbox import Notice, OutboxMessage
from tests.integration.alerts.conftest import ENGINEER, Plant, add_machine
from tests.integration.alerts.test_stories import IVAN

MANY = MOST_SINGLE + 3


@dataclass
class Line:
    """Many machines, and what a test does with them."""

    plant: Plant
    machines: list[tuple[int, int, int]]

    async def heat(self, severity: Severity | None = Severity.WARNING, machines: slice = slice(None)) -> None:
        """Let some be found hot at once, and be told."""
        now = self.plant.clock()
        found = [Condition(one, AlarmKind.LIMIT, now, severity, heat, 71.0) for one, _, heat in self.machines[machines]]
        await self.plant.alerting.book.apply(found)
        await self.plant.wait(seconds=1)

    async def gather(self) -> bool:
        """Let what waits be taken together, as the courier does with the first; tell whether that was a storm."""
        first = next(iter(await self.waiting(Notice.ALARM)), None)
        return first is not None and await self.plant.alerting.storms.gather(first) is None

    async def waiting(self, kind: Notice = Notice.ALARM_STORM) -> list[OutboxMessage]:
        """Return what is to be sent."""
        query = select(OutboxMessage).where(OutboxMessage.sent_at.is_(None), OutboxMessage.kind == kind)
        async with self.plant.sessions() as session:
            return list(await session.scalars(query.order_by(OutboxMessage.id)))

    async def groups(self) -> list[int]:
        """Return all groups."""
        async with self.plant.sessions() as session:
            return list(await session.scalars(select(AlarmGroup.id).order_by(AlarmGroup.id)))


@pytest.fixture
async def line(plant: Plant) -> Line:
    return Line(plant, [await add_machine(plant.sessions, f"press-{number}") for number in range(10, 10 + MANY)])


async def test_a_few_machines_are_told_of_one_by_one(line: Line) -> None:
    await line.heat(machines=slice(MOST_SINGLE))
    assert not await line.gather()
    assert len(await line.waiting(Notice.ALARM)) == MOST_SINGLE


async def test_more_are_one_letter_a_site_and_nothing_is_left_or_doubled(line: Line) -> None:
    async with line.plant.sessions.begin() as session:
        await session.execute(update(System).where(System.id == line.machines[-1][0]).values(site="south"))
    await line.heat()
    assert await line.gather()
    north, south = await line.waiting()
    groups = await line.groups()
    assert (north.payload["site"], north.payload["group_ids"]) == ("north", groups[:-1])
    assert (south.payload["site"], south.payload["group_ids"]) == ("south", groups[-1:])
    assert [one.payload["loud"] for one in (north, south)] == [True, True]
    assert not await line.waiting(Notice.ALARM)
    assert not await line.waiting(Notice.FIRST_LOOK)
    assert not await line.gather()


async def test_what_comes_before_the_letter_is_sent_joins_it(line: Line) -> None:
    await line.heat(machines=slice(MOST_SINGLE + 1))
    assert await line.gather()
    await line.heat(Severity.CRITICAL)
    assert await line.gather()
    [letter] = await line.waiting()
    assert letter.payload["group_ids"] == await line.groups()
    assert letter.payload["severity"] == Severity.CRITICAL


async def test_what_follows_soon_makes_no_sound_unless_it_is_worse(line: Line) -> None:
    for severity, loud in ((Severity.WARNING, True), (Severity.CRITICAL, True)):
        await line.heat(severity)
        assert await line.gather()
        [letter] = await line.waiting()
        assert letter.payload["loud"] is loud
        await line.plant.outbox.sent(letter, 1)
    await line.plant.wait(minutes=31)  # a reminder is due
    assert await line.gather()
    [letter] = await line.waiting()
    assert letter.payload["loud"] is True
    assert timedelta(minutes=31) > SOUND_AGAIN


async def test_a_night_of_reminders_is_one_sound_a_machine(line: Line) -> None:
    await line.heat(machines=slice(2))
    for _ in range(3):
        await line.plant.wait(hours=4, minutes=1)
    await line.heat(Severity.CRITICAL, machines=slice(1))
    letters = await line.waiting(Notice.ALARM)
    assert len(letters) > 6
    assert await line.plant.alerting.storms.gather(letters[0]) is Reason.WORSE
    left = await line.waiting(Notice.ALARM)
    assert left[0].id == letters[0].id
    assert letters[0].payload["group_id"] not in {one.payload["group_id"] for one in left[1:]}
    assert await line.plant.alerting.storms.gather(left[1]) is Reason.REPEAT
    assert [one.id for one in await line.waiting(Notice.ALARM)] == [letters[0].id, left[1].id]


async def test_those_with_a_message_of_their_own_keep_it(line: Line) -> None:
    await line.heat()
    [own, *others] = await line.groups()
    await line.plant.alerting.cards.placed(own, ENGINEER, 7, 1)
    storms = line.plant.alerting.storms
    storm = await storms.storm(ENGINEER, "north", [own, *others])
    await storms.placed(ENGINEER, 8, storm.plights)
    assert (await line.plant.alerting.cards.place(own, ENGINEER)).message_id == 7
    told = await storms.standing(ENGINEER, 8)
    assert sorted(plight.group_id for plight in told.plights) == others
    assert (await storms.storm(ENGINEER, "north", [])).message_id == 8


async def test_what_waited_for_the_morning_and_is_over_is_not_told(line: Line) -> None:
    await line.heat()
    async with line.plant.sessions.begin() as session:
        held = OutboxMessage.payload.op("||")({"held": True})
        await session.execute(update(OutboxMessage).where(OutboxMessage.kind == Notice.ALARM).values(payload=held))
    await line.heat(None)
    await line.plant.wait(minutes=2)
    assert await line.gather()
    assert not await line.waiting()


async def test_one_person_takes_all_of_it_on(line: Line) -> None:
    await line.heat()
    assert await line.plant.alerting.desk.acknowledge_all(IVAN, [*await line.groups(), 10**6]) == MANY
    storm = await line.plant.alerting.storms.storm(ENGINEER, "north", await line.groups())
    assert all(plight.taken for plight in storm.plights)
