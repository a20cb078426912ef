"""What people choose for themselves: kept, believed everywhere at once, and nothing else taken."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, time

import pytest
from redis.asyncio import Redis

from core.database import SessionFactory
from core.diagnostics.alerts.audience import listeners
from core.diagnostics.models import Severity
from core.errors import BadInputError, ForbiddenError
from core.outbox import Outbox
from core.users.daytimes import BadHoursError, DayHours
from core.users.gate import Gate
from core.users.models import Role, Units
from core.users.news import PeopleNews
from core.users.preferences import OFF, PreferenceService, Setting
from core.users.rights import OPERATOR, Actor
from core.users.service import UserService
from core.users.zones import UnknownZoneError
from tests.fakes.clock import SettableClock


@pytest.fixture
def users(sessions: SessionFactory, clock: SettableClock) -> UserService:
    return UserService(sessions, clock, Outbox(sessions, clock))


@pytest.fixture
def preferences(sessions: SessionFactory, clock: SettableClock, redis: Redis) -> PreferenceService:
    return PreferenceService(sessions, clock, PeopleNews(redis))


@pytest.fixture
async def ivan(users: UserService) -> Actor:
    return await users.enrol(OPERATOR, 7, Role.ENGINEER, name="Ivan")


async def test_a_choice_is_kept_and_is_the_actors_from_then_on(
    users: UserService, preferences: PreferenceService, ivan: Actor
) -> None:
    await preferences.change(ivan, Setting.TIME_ZONE, "Пермь")
    await preferences.change(ivan, Setting.UNITS, "imperial")
    await preferences.change(ivan, Setting.LANGUAGE, "ru")
    chosen = await preferences.change(ivan, Setting.SHIFT, "7-19")
    found = await users.find(7)
    assert found == chosen.actor
    assert (found.time_zone, found.units, found.language) == ("Asia/Yekaterinburg", Units.IMPERIAL, "ru")
    assert chosen.shift == DayHours(time(7), time(19))
    assert (await preferences.of(ivan)).quiet is None
    assert (await preferences.change(ivan, Setting.SHIFT, OFF)).shift is None


@pytest.mark.parametrize("none", ["нет", "No", OFF])
async def test_no_hours_can_be_typed_as_the_button_says(preferences: PreferenceService, ivan: Actor, none: str) -> None:
    await preferences.change(ivan, Setting.QUIET_HOURS, "22-6")
    assert (await preferences.change(ivan, Setting.QUIET_HOURS, none)).quiet is None


async def test_alarms_wait_for_the_end_of_quiet_hours_that_were_just_chosen(
    sessions: SessionFactory, preferences: PreferenceService, ivan: Actor
) -> None:
    await preferences.change(ivan, Setting.TIME_ZONE, "+5")
    await preferences.change(ivan, Setting.QUIET_HOURS, "22-7")
    async with sessions() as session:
        (listener,) = await listeners(session, ivan.zone)
    night = datetime(2026, 3, 1, 18, tzinfo=UTC)  # 23:00 there
    assert listener.quiet_until(Severity.WARNING, night) == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert listener.quiet_until(Severity.CRITICAL, night) is None


@pytest.mark.parametrize(
    ("setting", "words", "error"),
    [
        (Setting.LANGUAGE, "fr", BadInputError),
        (Setting.UNITS, "cubits", BadInputError),
        (Setting.TIME_ZONE, "Мордор", UnknownZoneError),
        (Setting.TIME_ZONE, "'; DROP TABLE users; --", UnknownZoneError),
        (Setting.QUIET_HOURS, "night", BadHoursError),
        (Setting.SHIFT, "8-8", BadHoursError),
    ],
)
async def test_what_is_no_choice_changes_nothing(
    preferences: PreferenceService, ivan: Actor, setting: Setting, words: str, error: type[Exception]
) -> None:
    before = await preferences.of(ivan)
    with pytest.raises(error):
        await preferences.change(ivan, setting, words)
    assert await preferences.of(ivan) == before


async def test_those_who_are_not_let_in_choose_nothing(preferences: PreferenceService, ivan: Actor) -> None:
    for role in (Role.PENDING, Role.BLOCKED):
        with pytest.raises(ForbiddenError):
            await preferences.change(Actor(7, "Ivan", role), Setting.UNITS, "imperial")


async def test_every_process_hears_of_a_choice(preferences: PreferenceService, redis: Redis, ivan: Actor) -> None:
    gate = Gate(redis, per_minute=60, per_second=300)
    before = (await gate.enter(7)).version
    async with aclosing(PeopleNews(redis).listen()) as changed:
        heard = asyncio.ensure_future(anext(changed))
        await asyncio.sleep(0.1)
        await preferences.change(ivan, Setting.UNITS, "imperial")
        assert await asyncio.wait_for(heard, 10) == 7
    assert (await gate.enter(7)).version != before
