"""What the Bot API answers when it refuses, in Telegram's own words (tdlib/telegram-bot-api, Client.cpp)."""


class ApiError(Exception):
    """A refusal: becomes `{"ok": false, "error_code": code, "description": description}`."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


def bad_request(reason: str) -> ApiError:
    """400, for parameters that cannot be used."""
    return ApiError(400, f"Bad Request: {reason}")


def conflict(reason: str) -> ApiError:
    """409, for two consumers of one update queue."""
    return ApiError(409, f"Conflict: {reason}")


def blocked_by_user() -> ApiError:
    """403, for a person who blocked the bot."""
    return ApiError(403, "Forbidden: bot was blocked by the user")


def too_many_requests(retry_after: int) -> ApiError:
    """429: the caller must wait `retry_after` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after)
