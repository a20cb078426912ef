"""Everything that can go wrong on purpose: a typed tree whose leaves carry a translatable message key.

An error's `key` names a Fluent message (`bot/locales/*/errors.ftl`) and its `params` fill it in. `str(error)` is
English and for logs and the command line; users see the translation, and for unknown errors a reference id only.
"""

from typing import ClassVar


class HydrodiagError(Exception):
    """Root of the expected errors. `key` is the Fluent message, `params` its arguments."""

    key: ClassVar[str] = "error-unknown"

    def __init__(self, message: str = "", **params: str | int | float) -> None:
        super().__init__(message or type(self).__doc__ or self.key)
        self.params = params


class BadInputError(HydrodiagError):
    """What the user sent can't be used."""

    key = "error-bad-input"


class NotFoundError(HydrodiagError):
    """The thing asked for does not exist."""

    key = "error-not-found"


class ForbiddenError(HydrodiagError):
    """The user has no right to do this."""

    key = "error-forbidden"


class UnavailableError(HydrodiagError):
    """A part the request needs is not available now; trying later may help."""

    key = "error-unavailable"


class ConflictError(HydrodiagError):
    """The request contradicts what is already there or under way."""

    key = "error-conflict"


def worded(error: BaseException) -> str:
    """Return what `error` says; of those that say nothing, such as time-outs, the name."""
    return str(error) or type(error).__name__
