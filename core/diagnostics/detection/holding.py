"""Believing a state only when it lasts: N in a row and a duration, before it begins and before it ends."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.diagnostics.models import Severity

_RANK = {None: 0, Severity.INFO: 1, Severity.WARNING: 2, Severity.CRITICAL: 3}


@dataclass(frozen=True, slots=True)
class Patience:
    """How many samples in a row, and for how long, a state is seen before it is believed."""

    samples: int = 3
    lasting: timedelta = timedelta(0)


def worse(one: Severity | None, other: Severity | None) -> bool:
    """Tell whether `one` is worse than `other`; None is the best."""
    return _RANK[one] > _RANK[other]


@dataclass(slots=True)
class Hold:
    """Turns the severity seen at each sample into one that lasts.

    A rise and a fall each need their patience. While a rise waits, the mildest severity seen counts; while a fall
    waits, the worst: a state that flutters between warning and critical is a warning.
    """

    rising: Patience = Patience()
    falling: Patience = Patience()
    severity: Severity | None = None
    _pending: list[Severity | None] = field(default_factory=list)
    _since: datetime | None = None
    _up: bool = False

    def see(self, severity: Severity | None, at: datetime) -> bool:
        """Take what a sample shows; tell whether the lasting severity has changed."""
        if _RANK[severity] == _RANK[self.severity]:
            self._pending.clear()
            return False
        up = worse(severity, self.severity)
        if not self._pending or up != self._up:
            self._pending, self._since, self._up = [], at, up
        self._pending.append(severity)
        patience = self.rising if up else self.falling
        if self._since is None or len(self._pending) < patience.samples or at - self._since < patience.lasting:
            return False
        recent = self._pending
        self.severity = min(recent, key=_RANK.__getitem__) if up else max(recent, key=_RANK.__getitem__)
        self._pending = []
        return True
