"""Alarms in words: what, where, since when, who has it, and what can be done at once."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.alarms import AcknowledgeAlarm, ReportAlarm, SilenceAlarm
from bot.callbacks.machines import ShowChart, TalkAbout
from bot.callbacks.repairs import TellRepair
from bot.formatting import Formatted, escape, render
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from core.diagnostics.alerts.cards import AlarmLine, Card
from core.diagnostics.alerts.states import rank
from core.diagnostics.alerts.telling import Reason
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity
from core.diagnostics.reports.service import NewReport

MOST_LINES = 8
"""Alarms written out; the others are counted. With names of 200 letters they still fit one message."""
TO_SHIFT_END = 0
MARKS = {Severity.INFO: "🔵", Severity.WARNING: "🟡", Severity.CRITICAL: "🔴"}
OVER = "✅"
_PER_MINUTE = "/min"
_FLOWS = {"l/min", "L/min", "gal/min"}
_LAST_HOUR = 60


def message(card: Card, text: Text, zone: ZoneInfo) -> Formatted:
    """Word a group of alarms, active and worst first."""
    ordered = sorted(card.alarms, key=lambda alarm: (not alarm.active, -rank(alarm.severity), alarm.raised_at))
    shown = [_alarm(alarm, text, zone) for alarm in ordered[:MOST_LINES]]
    if len(ordered) > MOST_LINES:
        shown.append(escape(text("alarms-more", count=len(ordered) - MOST_LINES)))
    return render("\n\n".join([_heading(card, text), *shown]))


def ping(card: Card, reason: Reason, text: Text) -> str:
    """Word the short reply that makes the sound."""
    machine = measures.name(card.system.names, text)
    return f"{worst_mark(card)} {text(f'alarms-ping-{reason}', machine=machine)}"


def keyboard(card: Card, text: Text) -> InlineKeyboardMarkup | None:
    """Return what can be done: all of it while something is active, afterwards what it was, and the report."""
    group, system_id = card.group_id, card.system.id
    report = button(text("alarms-button-report"), ReportAlarm(group_id=group))
    chart = button(text("alarms-button-chart"), ShowChart(system_id=system_id, minutes=_LAST_HOUR))
    talk = button(text("alarms-button-ask"), TalkAbout(system_id=system_id))
    if not card.active:
        return rows([button(text("repair-button-tell"), TellRepair(group_id=group))], [talk, report])
    take = []
    if any(alarm.acknowledged is None for alarm in card.active):
        take = [button(text("alarms-button-acknowledge"), AcknowledgeAlarm(group_id=group))]
    silences = [
        button(text("alarms-button-silence", hours=hours), SilenceAlarm(group_id=group, hours=hours))
        for hours in (1, 4)
    ]
    silences.append(button(text("alarms-button-shift"), SilenceAlarm(group_id=group, hours=TO_SHIFT_END)))
    return rows(take, [] if all(alarm.quiet for alarm in card.active) else silences, [talk], [chart, report])


def report(card: Card, text: Text) -> NewReport:
    """Word what a report opened from the alarms begins with."""
    worst = max((alarm.severity for alarm in card.alarms), key=rank, default=Severity.INFO)
    words = "; ".join(condition(alarm, text) for alarm in card.alarms[:MOST_LINES])
    return NewReport(card.system.id, words[:2000], severity=worst, alarm_group_id=card.group_id)


def condition(alarm: AlarmLine, text: Text) -> str:
    """Say what is wrong, with numbers and units."""
    sensor = measures.name(alarm.sensor, text) if alarm.sensor is not None else ""
    if alarm.kind in (AlarmKind.SILENCE, AlarmKind.STUCK):
        lasted = duration(timedelta(seconds=alarm.value or 0), text)
        whole = alarm.kind == AlarmKind.SILENCE and not sensor
        return text("alarms-machine-silence" if whole else f"alarms-{alarm.kind}", sensor=sensor, span=lasted)
    if alarm.kind == AlarmKind.ANOMALY:
        names = [measures.name(names, text) for names in alarm.contributors[:3]]
        if names and alarm.alone:
            return text("alarms-anomaly-alone", sensor=names[0])
        return text("alarms-anomaly-of", sensors=", ".join(names)) if names else text("alarms-anomaly")
    if alarm.value is None or alarm.limit is None:
        return text("alarms-unknown", sensor=sensor)
    values = {"value": _measured(alarm.value, alarm.unit, text), "limit": _measured(alarm.limit, alarm.unit, text)}
    if alarm.kind == AlarmKind.LIMIT:
        return text(f"alarms-limit-{'high' if alarm.value > alarm.limit else 'low'}", sensor=sensor, **values)
    return text(f"alarms-{alarm.kind}", sensor=sensor, **values)


def duration(length: timedelta, text: Text) -> str:
    """Write how long something lasted; what is under a minute counts as one."""
    return measures.span(max(length, timedelta(minutes=1)), text)


def _heading(card: Card, text: Text) -> str:
    place = measures.name(card.system.location, text) if card.system.location else ""
    name = measures.name(card.system.names, text)
    heading = f"{worst_mark(card)} **{escape(name)}**"
    return f"{heading}  \n{escape(place)}" if place else heading


def worst_mark(card: Card) -> str:
    """Return the sign of the worst that a machine has now."""
    worst = max((alarm.severity for alarm in card.active), key=rank, default=None)
    return OVER if worst is None else MARKS[worst]


def _alarm(alarm: AlarmLine, text: Text, zone: ZoneInfo) -> str:
    mark = MARKS[alarm.severity] if alarm.active else OVER
    lines = [f"{mark} {condition(alarm, text)}", *_circumstances(alarm, text, zone)]
    return "  \n".join(escape(line) for line in lines)


def _circumstances(alarm: AlarmLine, text: Text, zone: ZoneInfo) -> Iterator[str]:
    since = measures.moment(alarm.raised_at, zone, text)
    if alarm.cleared_at is not None and not alarm.active:
        lasted = duration(alarm.cleared_at - alarm.raised_at, text)
        yield text("alarms-over", since=since, until=measures.moment(alarm.cleared_at, zone, text), span=lasted)
    else:
        yield text("alarms-since", since=since)
    if alarm.flapping:
        yield text("alarms-flapping")
    if alarm.acknowledged is not None:
        at = measures.moment(alarm.acknowledged.at, zone, text)
        yield text("alarms-acknowledged", name=alarm.acknowledged.name[:60], at=at)
    if alarm.active and alarm.silenced is not None:
        until = measures.moment(alarm.silenced.at, zone, text)
        yield text("alarms-silenced", name=alarm.silenced.name[:60], until=until)
    elif alarm.active and alarm.quiet:
        yield text(f"alarms-{alarm.quiet}")


def _measured(value: float, unit: str | None, text: Text) -> str:
    code = unit or ""
    if not code.endswith(_PER_MINUTE) or code in _FLOWS:
        return measures.measure(value, code, text)
    return text("alarms-per-minute", value=measures.difference(value, code.removesuffix(_PER_MINUTE), text))
