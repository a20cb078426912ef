"""What the buttons carry that ask what was behind an alarm, and what a reviewer makes of it."""

from aiogram.filters.callback_data import CallbackData

SKIP = -1
"""A choice: say nothing to this."""


class TellRepair(CallbackData, prefix="fixed"):
    """Tell what was behind the alarms of a group."""

    group_id: int


class AnswerRepair(CallbackData, prefix="fixans"):
    """Answer the question that has this `mark` with its choice of that number (from 0), or `SKIP` it."""

    mark: str
    choice: int


class CancelRepair(CallbackData, prefix="fixno"):
    """Tell nothing."""

    mark: str


class ShowCase(CallbackData, prefix="case"):
    """Show a case."""

    case_id: int


class DecideCase(CallbackData, prefix="caseok"):
    """Approve a case that waits for it, or reject it."""

    case_id: int
    approve: bool


class WithdrawCase(CallbackData, prefix="caseno"):
    """Ask whether to withdraw an approved case, and, when one is `sure`, withdraw it."""

    case_id: int
    sure: bool
