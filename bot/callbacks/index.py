"""Buttons of versions of the index."""

from aiogram.filters.callback_data import CallbackData


class ShowVersions(CallbackData, prefix="idx"):
    """List the versions of the index."""


class UseVersion(CallbackData, prefix="idxuse"):
    """Say what using this version of the index would change."""

    version: int


class ConfirmVersion(CallbackData, prefix="idxok"):
    """Use this version, as long as `instead_of` (0: none) is still the current one."""

    version: int
    instead_of: int


class BuildIndex(CallbackData, prefix="idxbuild"):
    """Bring the index up to date."""


class CancelJob(CallbackData, prefix="cancel", sep="|"):
    """Have the job that reports under this name given up."""

    job: str
