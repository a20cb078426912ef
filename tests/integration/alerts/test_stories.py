"""One fault, one sound: what follows from it is shown, and heard of only when it is worse."""

from dataclasses import replace

from core.diagnostics.alerts.models import Alarm
from core.diagnostics.detection.conditions import AlarmKind, Condition, Contribution
from core.diagnostics.models import Severity
from core.users.models import Role
from core.users.rights import Actor
from tests.integration.alerts.conftest import ENGINEER, Plant

IVAN = Actor(ENGINEER, "Ivan", Role.ENGINEER)


def unusual(plant: Plant, severity: Severity | None = Severity.WARNING) -> Condition:
    parts = (Contribution(plant.heat, 0.9, 8.0),)
    return Condition(plant.system_id, AlarmKind.ANOMALY, plant.clock(), severity, value=3.0, contributions=parts)


async def taken(plant: Plant) -> Alarm:
    """Have Ivan take the alarm of an unusual machine."""
    await plant.alerting.book.apply([unusual(plant)])
    await plant.wait(seconds=1)
    [alarm] = await plant.alarms()
    await plant.alerting.desk.acknowledge(IVAN, alarm.group_id)
    return alarm


async def reasons(plant: Plant) -> list[str]:
    return [reason for _, reason in await plant.told() if reason]


async def test_a_fault_that_shows_itself_bit_by_bit_is_heard_of_once_and_again_when_critical(plant: Plant) -> None:
    await plant.alerting.book.apply([unusual(plant)])
    await plant.wait(minutes=40)
    await plant.find(Severity.WARNING)
    await plant.wait(minutes=20)
    await plant.find(Severity.WARNING, plant.flow)
    await plant.wait(minutes=20)
    assert await reasons(plant) == ["first"]
    assert len({alarm.group_id for alarm in await plant.alarms()}) == 1
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    assert await reasons(plant) == ["first", "worse"]


async def test_what_follows_from_a_fault_of_yesterday_that_lasts_makes_no_message_of_its_own(plant: Plant) -> None:
    first = await taken(plant)
    await plant.wait(hours=13)
    await plant.find(Severity.WARNING)
    await plant.wait(minutes=20)
    assert await reasons(plant) == ["first"]
    assert {alarm.group_id for alarm in await plant.alarms()} == {first.group_id}


async def test_what_is_unusual_still_when_a_limit_is_over_is_no_news(plant: Plant) -> None:
    await plant.alerting.book.apply([unusual(plant)])
    await plant.wait(minutes=40)
    await plant.find(Severity.WARNING)
    await plant.wait(minutes=20)
    await plant.find(None)
    await plant.wait(minutes=20)
    assert await reasons(plant) == ["first"]
    assert [(a.kind, a.active, a.quiet) for a in await plant.alarms()] == [
        ("anomaly", True, None),
        ("limit", False, None),
    ]


async def test_who_took_the_fault_has_what_follows_from_it(plant: Plant) -> None:
    await taken(plant)
    await plant.wait(minutes=40)
    await plant.find(Severity.WARNING)
    await plant.wait(hours=9)
    assert await reasons(plant) == ["first"]
    await plant.find(Severity.CRITICAL)
    await plant.wait(seconds=1)
    assert await reasons(plant) == ["first", "worse"]


async def test_a_sensor_of_its_own_that_passes_a_limit_hours_later_is_heard_of_in_the_same_message(
    plant: Plant,
) -> None:
    await plant.find(Severity.WARNING)
    await plant.wait(hours=2)
    await plant.find(Severity.WARNING, plant.flow)
    await plant.wait(minutes=6)
    assert await reasons(plant) == ["first", "joined"]
    assert len({alarm.group_id for alarm in await plant.alarms()}) == 1


async def test_a_message_is_edited_when_more_than_one_sensor_is_unusual(plant: Plant) -> None:
    await plant.alerting.book.apply([replace(unusual(plant), alone=True)])
    await plant.wait(minutes=1)
    [alarm] = await plant.alarms()
    card = await plant.alerting.cards.card(alarm.group_id)
    assert card is not None
    assert card.alarms[0].alone
    await plant.alerting.book.apply([unusual(plant)])
    assert await plant.told() == [(ENGINEER, "first"), (ENGINEER, None)]
    card = await plant.alerting.cards.card(alarm.group_id)
    assert card is not None
    assert not card.alarms[0].alone
