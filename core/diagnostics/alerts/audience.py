"""Who hears of an alarm, and when: subscriptions, quiet hours in each reader's own time zone, and those called in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.diagnostics.alerts.matching import Labels, Matcher
from core.diagnostics.alerts.models import AlertProfile
from core.diagnostics.models import Severity
from core.users.models import MEMBERS, User
from core.users.scope import Place, Scope

EVERYTHING = Matcher(at_least=Severity.WARNING)
"""What a member hears who chose nothing."""
GROUP_SCOPE = Scope(public_only=True)
"""What a group may hear of: everybody reads along there."""
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A nightly stretch, in minutes of the local day; it may cross midnight."""

    begins: int
    ends: int

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet that lasts now ends; None outside of it."""
        local = now.astimezone(zone)
        minute = local.hour * 60 + local.minute
        inside = (minute - self.begins) % _DAY < (self.ends - self.begins) % _DAY
        if not inside:
            return None
        day = local.date() if minute < self.ends else local.date() + timedelta(days=1)
        return datetime.combine(day, time(self.ends // 60, self.ends % 60), zone)


@dataclass(frozen=True, slots=True)
class Listener:
    """A chat that may be told, and what it wants to hear; one that wants nothing can still be called in."""

    chat_id: int
    matcher: Matcher
    zone: ZoneInfo
    scope: Scope
    quiet: QuietHours | None = None
    wanted: bool = True

    def hears(self, alarms: Iterable[Labels]) -> bool:
        """Tell whether it wants to hear of one of `alarms`."""
        return self.wanted and any(map(self.matcher.matches, alarms))

    def quiet_until(self, severity: Severity, now: datetime) -> datetime | None:
        """Return until when an alarm has to wait for this listener; critical ones don't wait."""
        if self.quiet is None or severity is Severity.CRITICAL:
            return None
        return self.quiet.until(now, self.zone)


async def listeners(session: AsyncSession, default_zone: ZoneInfo) -> list[Listener]:
    """Return every member who can be reached, and every group that subscribed."""
    profiles = {profile.chat_id: profile for profile in await session.scalars(select(AlertProfile))}
    members = select(User).where(User.role.in_(MEMBERS), User.reachable).order_by(User.id)
    found = [_person(user, profiles.get(user.id)) for user in await session.scalars(members)]
    groups = (profile for profile in profiles.values() if profile.chat_id < 0 and profile.wanted)
    return [*found, *(Listener(group.chat_id, wish(group), default_zone, GROUP_SCOPE) for group in groups)]


def hearing(
    everybody: Iterable[Listener], place: Place, alarms: Sequence[Labels], called: Iterable[int]
) -> list[Listener]:
    """Return who of those who may see the machine wants to hear of one of its `alarms`, or was called in for them."""
    calls = set(called)
    able = (one for one in everybody if one.scope.covers(place))
    return [one for one in able if one.chat_id in calls or one.hears(alarms)]


def quiet_hours(user: User) -> QuietHours | None:
    """Return a person's quiet hours."""
    if user.quiet_from is None or user.quiet_to is None:
        return None
    return QuietHours(_minutes(user.quiet_from), _minutes(user.quiet_to))


def _person(user: User, profile: AlertProfile | None) -> Listener:
    return Listener(
        user.id,
        wish(profile),
        ZoneInfo(user.time_zone),
        Scope.load(user.scope),
        quiet_hours(user),
        wanted=profile is None or profile.wanted,
    )


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def wish(profile: AlertProfile | None) -> Matcher:
    """Return what a profile asks for."""
    return Matcher.from_json(profile.matcher) if profile is not None and profile.matcher else EVERYTHING
