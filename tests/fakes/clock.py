"""A clock that stands still until told."""

from datetime import UTC, datetime, timedelta


class SettableClock:
    """A `core.clock.Clock` that tests move."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time it was set to."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.now += by
