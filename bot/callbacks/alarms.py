"""Buttons of alarms."""

from aiogram.filters.callback_data import CallbackData


class AcknowledgeAlarm(CallbackData, prefix="ack"):
    """Take the alarms of a group on."""

    group_id: int


class AcknowledgeStorm(CallbackData, prefix="ackall"):
    """Take on all that the message with this button tells of."""


class SilenceAlarm(CallbackData, prefix="hush"):
    """Keep the alarms of a group quiet for `hours`; 0: to the end of the shift."""

    group_id: int
    hours: int


class ReportAlarm(CallbackData, prefix="report"):
    """Open a diagnostic report from the alarms of a group."""

    group_id: int


class ShowAlarms(CallbackData, prefix="alarms"):
    """Show a page of what is wrong now, or of what was."""

    past: bool
    page: int


class ShowAlarm(CallbackData, prefix="alarm"):
    """Show a group's alarms with all that can be done."""

    group_id: int


class EndSilence(CallbackData, prefix="unhush"):
    """End a silence now."""

    silence_id: int
