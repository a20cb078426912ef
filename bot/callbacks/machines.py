"""Buttons of machines and what their sensors showed."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.diagnostics.exports.writers import Format


class ShowSystems(CallbackData, prefix="systems"):
    """List the machines."""


class TalkAbout(CallbackData, prefix="talk"):
    """Talk about this machine from now on."""

    system_id: int


def sensor_ids(written: str) -> set[int]:
    """Read the ids of sensors as buttons carry them, with dots between."""
    return {int(number) for number in written.split(".") if number.isdigit()}


class _OfMachine(CallbackData, prefix=""):
    """A machine over `minutes` that end now, or `until` that many minutes after 1970 began.

    `sensors` are the ids of those to show, with dots between, none: all.
    """

    system_id: int
    minutes: int
    sensors: str = ""
    until: int = 0

    @property
    def period(self) -> timedelta:
        """How long."""
        return timedelta(minutes=self.minutes)

    @property
    def end(self) -> datetime | None:
        """The end; None: now."""
        return datetime.fromtimestamp(60 * self.until, UTC) if self.until else None

    @property
    def chosen(self) -> set[int]:
        """The ids of the sensors."""
        return sensor_ids(self.sensors)


class ShowSummary(_OfMachine, prefix="sum"):
    """Show a machine."""


class ShowChart(_OfMachine, prefix="chart"):
    """Show the whole summary of a machine, with its picture."""


class ExportReadings(_OfMachine, prefix="exp"):
    """Send the readings as a file."""

    kind: Format = Format.CSV


class StopExport(CallbackData, prefix="expstop"):
    """Give up the file of readings that is being made for whoever presses."""


class AskRange(CallbackData, prefix="range"):
    """Ask which stretch of time to show a machine, or some of its sensors, over."""

    system_id: int
    sensors: str = ""


class Pick(StrEnum):
    """Stretches of time to pick from; the values are the words that would be typed."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_SHIFT = "this shift"
    LAST_SHIFT = "last shift"
    THIS_WEEK = "this week"
    WEEKEND = "weekend"


class PickRange(CallbackData, prefix="pick"):
    """Show a machine, or some of its sensors, over a stretch of time that has a name."""

    system_id: int
    pick: Pick
    sensors: str = ""
