"""Which alarms explain which others on the same machine."""

from core.diagnostics.alerts.matching import Matcher
from core.diagnostics.alerts.suppression import Inhibition
from core.diagnostics.detection.conditions import AlarmKind

_WHOLE_MACHINE = ("",)

INHIBITIONS = (
    # Nothing comes from the machine: that each of its sensors is silent or stands still is no news.
    Inhibition(
        Matcher(kinds=(AlarmKind.SILENCE,), sensors=_WHOLE_MACHINE),
        Matcher(kinds=(AlarmKind.SILENCE, AlarmKind.STUCK)),
    ),
    # A value beyond its limit makes the machine as a whole unusual, and says better why.
    Inhibition(Matcher(kinds=(AlarmKind.LIMIT,)), Matcher(kinds=(AlarmKind.ANOMALY, AlarmKind.RATE))),
    # So does the whole machine's being unusual with how fast one of its signals changes.
    Inhibition(Matcher(kinds=(AlarmKind.ANOMALY,)), Matcher(kinds=(AlarmKind.RATE,))),
)
