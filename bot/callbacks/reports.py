"""Buttons of diagnostic reports."""

from aiogram.filters.callback_data import CallbackData

from core.diagnostics.reports.models import Step


class ShowReports(CallbackData, prefix="reps"):
    """Turn to a page (from 0) of the reports of one machine, or (0) of all."""

    system_id: int
    page: int = 0


class ShowReport(CallbackData, prefix="rep"):
    """Show a report."""

    report_id: int


class AskReport(CallbackData, prefix="repnew"):
    """Ask what was found on a machine."""

    system_id: int


class WorkOnReport(CallbackData, prefix="repdo"):
    """Take a step of the work on a report."""

    report_id: int
    step: Step


class SendReport(CallbackData, prefix="reppdf"):
    """Send a report as a PDF."""

    report_id: int


class CancelWords(CallbackData, prefix="repno"):
    """Don't wait for words any more."""
