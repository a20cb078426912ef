"""Buttons of changes to tables."""

from aiogram.filters.callback_data import CallbackData


class ConfirmOperation(CallbackData, prefix="opok"):
    """Have a planned operation done."""

    operation_id: int


class CancelOperation(CallbackData, prefix="opend"):
    """Drop a plan, an order or a run."""

    operation_id: int


class ShowOperation(CallbackData, prefix="op"):
    """Open an operation, and follow it while it runs."""

    operation_id: int
