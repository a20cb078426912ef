"""Buttons of who hears of alarms."""

from aiogram.filters.callback_data import CallbackData

from core.diagnostics.models import Severity


class ShowSubscription(CallbackData, prefix="subs"):
    """Show what this chat hears."""


class ListenOn(CallbackData, prefix="subon"):
    """Turn this chat's alarms on, in this topic, or off."""

    on: bool


class ListenFrom(CallbackData, prefix="subfrom"):
    """Hear alarms that are at least so bad."""

    at_least: Severity


class ShowPlaces(CallbackData, prefix="subpick"):
    """Turn to a page (from 0) of the sites and machines to choose from."""

    page: int


class ListenTo(CallbackData, prefix="subto"):
    """Hear of a machine, or of the whole site where it stands, or no longer; machine 0: of all."""

    system_id: int
    whole_site: bool
    on: bool
    page: int
