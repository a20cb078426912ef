"""What people choose for themselves: language, time zone, units, quiet hours, shift."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from core.clock import Clock
from core.database import SessionFactory
from core.errors import BadInputError
from core.users.daytimes import DayHours, parse_hours
from core.users.models import Units, User
from core.users.news import PeopleNews
from core.users.records import actor_of, member_id, user_of
from core.users.rights import Actor
from core.users.service import LANGUAGES
from core.users.zones import find_zone

OFF = "off"
"""Instead of hours: none."""
_NONE = frozenset({OFF, "no", "none", "нет"})


class Setting(StrEnum):
    """Something that people choose."""

    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    UNITS = "units"
    QUIET_HOURS = "quiet_hours"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person has chosen; language, time zone and units are their actor's. None: no quiet hours, no shift."""

    actor: Actor
    quiet: DayHours | None
    shift: DayHours | None
    now: datetime


class PreferenceService:
    """Changes what people chose, from words typed or tapped. Every process knows it at their next message."""

    def __init__(self, sessions: SessionFactory, clock: Clock, news: PeopleNews) -> None:
        self._sessions = sessions
        self._clock = clock
        self._news = news

    async def of(self, actor: Actor) -> Preferences:
        """Return what the actor has chosen.

        Raises:
            ForbiddenError: nobody let the actor in.
        """
        user_id = member_id(actor)
        async with self._sessions() as session:
            return self._preferences(await user_of(session, user_id))

    async def change(self, actor: Actor, setting: Setting, words: str) -> Preferences:
        """Make `words` the actor's choice; `OFF` for hours takes them away.

        Raises:
            ForbiddenError: nobody let the actor in.
            UnknownZoneError, SeveralZonesError, BadHoursError, BadInputError: words that are no such thing.
        """
        user_id = member_id(actor)
        apply = _CHANGES[setting]
        async with self._sessions.begin() as session:
            user = await user_of(session, user_id, lock=True)
            apply(user, words.strip(), self._clock())
            changed = self._preferences(user)
        await self._news.announce(user.id)
        return changed

    def _preferences(self, user: User) -> Preferences:
        quiet, shift = _hours(user.quiet_from, user.quiet_to), _hours(user.shift_from, user.shift_to)
        return Preferences(actor_of(user), quiet, shift, self._clock())


def _hours(begin: time | None, end: time | None) -> DayHours | None:
    return DayHours(begin, end) if begin is not None and end is not None else None


def _set_language(user: User, words: str, _: datetime) -> None:
    if words not in LANGUAGES:
        raise BadInputError(f"no such language: {words[:20]}")
    user.language, user.language_chosen = words, True


def _set_zone(user: User, words: str, now: datetime) -> None:
    user.time_zone = find_zone(words, now)


def _set_units(user: User, words: str, _: datetime) -> None:
    if words not in set(Units):
        raise BadInputError(f"no such units: {words[:20]}")
    user.units = words


def _hours_or_none(words: str) -> DayHours | None:
    return None if words.strip().lower() in _NONE else parse_hours(words)


def _set_quiet(user: User, words: str, _: datetime) -> None:
    hours = _hours_or_none(words)
    user.quiet_from, user.quiet_to = (hours.begin, hours.end) if hours else (None, None)


def _set_shift(user: User, words: str, _: datetime) -> None:
    hours = _hours_or_none(words)
    user.shift_from, user.shift_to = (hours.begin, hours.end) if hours else (None, None)


_CHANGES: dict[Setting, Callable[[User, str, datetime], None]] = {
    Setting.LANGUAGE: _set_language,
    Setting.TIME_ZONE: _set_zone,
    Setting.UNITS: _set_units,
    Setting.QUIET_HOURS: _set_quiet,
    Setting.SHIFT: _set_shift,
}
