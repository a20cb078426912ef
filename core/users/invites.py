"""One-time codes that grant a role; the database only ever sees their SHA-256."""

import hashlib
import secrets
from datetime import timedelta

from core.errors import BadInputError

LIFETIME = timedelta(hours=24)


class InviteError(BadInputError):
    """The invitation does not exist, was used, or has expired: a guesser must not learn which."""

    key = "error-invite"


def new_code() -> str:
    """Return a fresh code: 128 random bits in 22 characters that a `t.me/bot?start=` link may carry."""
    return secrets.token_urlsafe(16)


def digest(code: str) -> str:
    """Return what is stored for `code`."""
    return hashlib.sha256(code.strip().encode()).hexdigest()
