"""A summary shows when alarms stood: those of the period, of the right sensor, as things were at its end."""

from datetime import timedelta

from core.diagnostics.alerts.models import Alarm, AlarmGroup
from core.diagnostics.detection.conditions import AlarmKind, Condition, Contribution
from core.diagnostics.models import Severity
from core.diagnostics.periods import DAY, HOUR
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import AlarmSpan
from core.users.rights import OPERATOR
from tests.integration.alerts.conftest import Plant, add_machine


async def spans(plant: Plant, period: timedelta = DAY, **until: timedelta) -> dict[int, tuple[AlarmSpan, ...]]:
    service = DiagnosticsService(plant.sessions, plant.clock)
    end = plant.clock() - until["ago"] if until else None
    shown = await service.summary(OPERATOR, plant.system_id, period, until=end)
    return {sensor.status.sensor.id: sensor.alarms for sensor in shown.sensors}


async def test_an_alarm_is_shown_from_its_coming_to_its_end_with_the_worst_it_was(plant: Plant) -> None:
    raised = plant.clock()
    await plant.find(Severity.CRITICAL)
    await plant.wait(minutes=10)
    assert await spans(plant) == {plant.flow: (), plant.heat: (AlarmSpan(raised, None, critical=True),)}
    await plant.find(Severity.WARNING)
    over = plant.clock()
    await plant.find(None)
    await plant.wait(minutes=5)
    assert (await spans(plant))[plant.heat] == (AlarmSpan(raised, over, critical=True),)


async def test_what_was_over_before_or_came_after_is_not_shown_and_an_end_to_come_is_not_known(plant: Plant) -> None:
    raised = plant.clock()
    await plant.find(Severity.WARNING)
    await plant.wait(hours=2)
    await plant.find(None)
    await plant.wait(hours=3)
    assert (await spans(plant, HOUR))[plant.heat] == ()
    assert (await spans(plant, HOUR, ago=timedelta(hours=6)))[plant.heat] == ()
    assert (await spans(plant, HOUR, ago=timedelta(hours=4)))[plant.heat] == (AlarmSpan(raised, None, critical=False),)


async def test_an_alarm_of_the_machine_is_one_of_the_sensors_behind_it_and_of_no_other_machine(plant: Plant) -> None:
    other, *_ = await add_machine(plant.sessions, "press-3")
    at = plant.clock()
    part = (Contribution(plant.flow, 0.9, 7.0),)
    findings = [Condition(plant.system_id, AlarmKind.ANOMALY, at, Severity.WARNING, contributions=part)]
    await plant.alerting.book.apply(findings)
    assert await spans(plant) == {plant.flow: (AlarmSpan(at, None, critical=False),), plant.heat: ()}
    async with plant.sessions.begin() as session:
        group = AlarmGroup(system_id=other, opened_at=at)
        session.add(group)
        await session.flush()
        session.add(
            Alarm(
                system_id=other, kind="anomaly", group_id=group.id, severity="critical", peak="critical",
                raised_at=at, seen_at=at,
            )
        )  # fmt: skip
    plant.system_id = other
    assert list((await spans(plant)).values()) == [(AlarmSpan(at, None, critical=True),)] * 2
