"""What went wrong, in the reader's words; unknown faults show a reference id and nothing of their insides."""

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from bot.i18n import Text
from core.database import is_away
from core.errors import HydrodiagError, NotFoundError, UnavailableError
from core.observability import bind_correlation_id, correlation_id

log = structlog.get_logger(__name__)
_UNSTORABLE = "22021"
"""SQLSTATE of a character that PostgreSQL has no place for: U+0000."""


def describe_error(error: Exception, text: Text) -> str:
    """Word `error`; an unexpected one is logged under the reference id that the user is given.

    Database, Redis or disk in trouble are nothing that a reference would help with: later may be well.
    """
    if isinstance(error, HydrodiagError) and type(error).key != HydrodiagError.key:
        log.info("request refused", error=str(error), kind=type(error).__name__)
        return text(error.key, **error.params)
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _UNSTORABLE:
        return text("error-characters")
    if isinstance(error, DBAPIError | OverflowError) and _is_of_a_number(error):
        return text(NotFoundError.key)
    if is_away(error) or isinstance(error, RedisError):
        log.warning("a part is away", exc_info=error)
        return text(UnavailableError.key)
    reference = correlation_id() or bind_correlation_id()
    log.error("unexpected error", exc_info=error)
    return text("error-unknown", reference=reference)


def _is_of_a_number(error: BaseException | None) -> bool:
    """Tell whether a number was too large for its column, or for a date: then nothing has it."""
    while error is not None:
        if isinstance(error, OverflowError):
            return True
        error = error.__cause__ or error.__context__
    return False
