"""Buttons of readings that come in files, or are not trusted."""

from aiogram.filters.callback_data import CallbackData


class ImportReadings(CallbackData, prefix="imp"):
    """Take the readings of the file in that the message replies to."""


class StopImport(CallbackData, prefix="impstop"):
    """Stop what is done with the file that the message replies to; where nothing is done, forget it."""


class ShowQuarantine(CallbackData, prefix="qshow"):
    """Show the quarantined readings of the group that has reading `number`; 0: all groups."""

    number: int


class Replay(CallbackData, prefix="qplay"):
    """Try the readings of a group again; 0: all."""

    number: int


class AskDiscard(CallbackData, prefix="qask"):
    """Ask whether a group is to be deleted."""

    number: int


class Discard(CallbackData, prefix="qdel"):
    """Delete a group, if it has still the `count` readings that were seen."""

    number: int
    count: int
