"""What a person has chosen, and what else there is to choose."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks.profile import Choose, OpenSetting, ShowSettings
from bot.i18n import Text
from bot.views.keyboards import button, rows
from bot.views.measures import zone_name
from bot.views.start import LANGUAGE_NAMES
from core.users.daytimes import DayHours
from core.users.models import Units
from core.users.preferences import OFF, Preferences, Setting
from core.users.zones import city, neighbours, offset

TYPED = {Setting.TIME_ZONE, Setting.QUIET_HOURS, Setting.SHIFT}
"""Settings that take words besides buttons."""
_NIGHTS = ("22:00–07:00", "23:00–06:00", "20:00–08:00")
_SHIFTS = ("08:00–20:00", "20:00–08:00", "07:00–15:00", "15:00–23:00", "23:00–07:00")


def card(chosen: Preferences, text: Text) -> str:
    """List what is chosen."""
    return "\n".join([text("settings-title"), "", *(_line(chosen, setting, text) for setting in Setting)])


def keyboard(text: Text) -> InlineKeyboardMarkup:
    """Lead to each setting."""
    return _pairs(button(text(f"settings-button-{setting}"), OpenSetting(setting=setting)) for setting in Setting)


def page(chosen: Preferences, setting: Setting, text: Text) -> str:
    """Show one setting and say how it is changed."""
    return f"{_line(chosen, setting, text)}\n\n{text(f'settings-ask-{setting}')}"


def page_keyboard(chosen: Preferences, setting: Setting, text: Text) -> InlineKeyboardMarkup:
    """Offer choices for one setting, the present one marked, and the way back."""
    keys = [
        button(f"• {label}" if value == _value(chosen, setting) else label, Choose(setting=setting, value=value))
        for value, label in _choices(chosen, setting, text)
    ]
    return rows(*_pairs(keys).inline_keyboard, [button(text("settings-button-back"), ShowSettings())])


def zones_keyboard(zones: Iterable[str], text: Text, now: datetime) -> InlineKeyboardMarkup:
    """Offer the time zones that may have been meant."""
    return rows(
        *[[button(_zone(name, text, now), Choose(setting=Setting.TIME_ZONE, value=name))] for name in zones],
        [button(text("settings-button-back"), ShowSettings())],
    )


def _pairs(keys: Iterable[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    found = list(keys)
    return rows(*(found[i : i + 2] for i in range(0, len(found), 2)))


def _choices(chosen: Preferences, setting: Setting, text: Text) -> list[tuple[str, str]]:
    """Return values, each with its label."""
    match setting:
        case Setting.LANGUAGE:
            return list(LANGUAGE_NAMES.items())
        case Setting.TIME_ZONE:
            near = neighbours(chosen.actor.zone, text.language, chosen.now)
            return [(name, _zone(name, text, chosen.now)) for name in near]
        case Setting.UNITS:
            return [(units, text(f"settings-units-{units}")) for units in Units]
        case Setting.QUIET_HOURS | Setting.SHIFT:
            hours = _NIGHTS if setting is Setting.QUIET_HOURS else _SHIFTS
            return [*((value, value) for value in hours), (OFF, text(f"settings-no-{setting}"))]


def _line(chosen: Preferences, setting: Setting, text: Text) -> str:
    match setting:
        case Setting.LANGUAGE:
            shown = LANGUAGE_NAMES[chosen.actor.language]
        case Setting.TIME_ZONE:
            zone = chosen.actor.zone
            shown = text(
                "settings-zone", zone=_zone(zone.key, text, chosen.now), time=f"{chosen.now.astimezone(zone):%H:%M}"
            )
        case Setting.UNITS:
            shown = text(f"settings-units-{chosen.actor.units}")
        case Setting.QUIET_HOURS | Setting.SHIFT:
            hours = _hours(chosen, setting)
            shown = str(hours) if hours else text(f"settings-no-{setting}")
    return text(f"settings-line-{setting}", value=shown)


def _value(chosen: Preferences, setting: Setting) -> str:
    match setting:
        case Setting.LANGUAGE:
            return chosen.actor.language
        case Setting.TIME_ZONE:
            return chosen.actor.time_zone
        case Setting.UNITS:
            return chosen.actor.units
        case Setting.QUIET_HOURS | Setting.SHIFT:
            return str(_hours(chosen, setting) or OFF)


def _hours(chosen: Preferences, setting: Setting) -> DayHours | None:
    return chosen.quiet if setting is Setting.QUIET_HOURS else chosen.shift


def _zone(name: str, text: Text, now: datetime) -> str:
    zone = ZoneInfo(name)
    named = city(zone, text.language)
    return f"{named} {offset(zone, now)}" if named != name else zone_name(zone)
