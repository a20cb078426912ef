"""A machine's summary in words: what fits under the picture, and the rest."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape
from math import ceil
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.machines import (
    AskRange,
    ExportReadings,
    Pick,
    PickRange,
    ShowChart,
    ShowSummary,
    ShowSystems,
    TalkAbout,
)
from bot.callbacks.reports import ShowReports
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from bot.views.systems import MARKS, sensor_trouble
from core.diagnostics.periods import DAY, HOUR, MONTH, WEEK
from core.diagnostics.summary import SensorSummary, State, SystemSummary

CAPTION_LIMIT, MESSAGE_LIMIT = 1024, 4096
"""Telegram's limits, in UTF-16 units."""
BRIEF_BYTES = 1000
"""UTF-8 text, markup included, for a poor connection."""
PERIODS = (HOUR, DAY, WEEK, MONTH)
_PER_HOUR_BELOW = timedelta(days=3)
_MOST_CHOSEN = 4
_WORTH_AN_AGE = timedelta(minutes=2)
"""A last value as old as this says so, though its sensor may be slow by nature."""
_SUREST = 0.001
"""Certainties beyond that of this p-value are not told apart."""


def summary_texts(summary: SystemSummary, text: Text, zone: ZoneInfo) -> list[str]:
    """Word the summary as HTML: the first text fits a caption, those that follow fit messages; most need only one."""
    status = summary.status
    name = escape(measures.name(status.system.names, text))
    period = summary.end - summary.begin
    heading = f"{MARKS[summary.state]} <b>{name}</b> · {measures.span(period, text)}"
    moment = f"{measures.moment(summary.end, zone, text)} ({measures.zone_name(zone)})"
    if period not in PERIODS:
        moment = f"{measures.moment(summary.begin, zone, text)} – {moment}"
    lines = [_sensor(sensor, period, text) for sensor in summary.news_first()]
    return _packed([heading, escape(moment), "", *lines, "", f"<i>{escape(_legend(summary, text))}</i>"])


def brief_summary(summary: SystemSummary, text: Text, zone: ZoneInfo) -> str:
    """Word what fits `BRIEF_BYTES`, troubled sensors first."""
    fitting, room = [], BRIEF_BYTES
    for line in summary_texts(summary, text, zone)[0].split("\n"):
        room -= len(line.encode()) + 1
        if room < 0:
            break
        fitting.append(line)
    return "\n".join(fitting)


def brief_keyboard(summary: SystemSummary, text: Text) -> InlineKeyboardMarkup:
    """Put the picture, and whatever was left out with it, above the usual buttons."""
    minutes = _minutes(summary.end - summary.begin)
    until = _until(summary)
    data = ShowChart(system_id=summary.status.system.id, minutes=minutes, sensors=_chosen(summary), until=until)
    chart = button(text("signal-button-chart"), data)
    return rows([chart], *summary_keyboard(summary, text).inline_keyboard)


def summary_keyboard(summary: SystemSummary, text: Text) -> InlineKeyboardMarkup:
    """Buttons for the usual periods, a refresh of this one, and the way back to all machines."""
    shown = summary.end - summary.begin
    system_id, sensors = summary.status.system.id, _chosen(summary)

    def over(period: timedelta, until: int = 0) -> ShowSummary:
        return ShowSummary(system_id=system_id, minutes=_minutes(period), sensors=sensors, until=until)

    periods = [button(_period_label(period, shown, text), over(period)) for period in PERIODS]
    until = _until(summary)
    refresh = button(text("sensors-button-refresh"), over(shown, until))
    data = ExportReadings(system_id=system_id, minutes=_minutes(shown), sensors=sensors, until=until)
    own = button(text("sensors-button-range"), AskRange(system_id=system_id, sensors=sensors))
    talk = button(text("sensors-button-talk"), TalkAbout(system_id=system_id))
    export, systems = button(text("export-button"), data), button(text("sensors-button-systems"), ShowSystems())
    reports = button(text("report-button-list"), ShowReports(system_id=system_id))
    return rows(periods, [refresh, own], [talk], [reports, export], [systems])


def range_keyboard(asked: AskRange, text: Text) -> InlineKeyboardMarkup:
    """Buttons for stretches of time that have names, two on a line."""
    picks = [
        button(text(f"sensors-pick-{pick.name.lower().replace('_', '-')}"), PickRange(pick=pick, **asked.model_dump()))
        for pick in Pick
    ]
    return rows(*(picks[start : start + 2] for start in range(0, len(picks), 2)))


def _legend(summary: SystemSummary, text: Text) -> str:
    """Explain what the lines hold, and only that."""
    keys = ["sensors-legend"]
    if any(sensor.trend is not None and sensor.trend.certain for sensor in summary.sensors):
        keys.append("sensors-legend-trend")
    if any(_usual(sensor, text) for sensor in summary.sensors):
        keys.append("sensors-legend-usual")
    return " ".join(text(key) for key in keys)


def _chosen(summary: SystemSummary) -> str:
    """Return the ids of the sensors shown as buttons carry them; "" for all, and for more than fit a button."""
    if len(summary.sensors) == len(summary.status.sensors) or len(summary.sensors) > _MOST_CHOSEN:
        return ""
    return ".".join(str(sensor.status.sensor.id) for sensor in summary.sensors)


def _until(summary: SystemSummary) -> int:
    """Return the end as buttons carry it, rounded up so that nothing is left out; 0 for one that follows the clock."""
    return ceil(summary.end.timestamp() / 60) if summary.past else 0


def _period_label(period: timedelta, shown: timedelta, text: Text) -> str:
    label = measures.span(period, text)
    return f"• {label}" if period == shown else label


def _minutes(period: timedelta) -> int:
    return int(period.total_seconds() // 60)


def _sensor(sensor: SensorSummary, period: timedelta, text: Text) -> str:
    status = sensor.status
    parts = [f"<b>{escape(sensor_trouble(status, text))}</b>"]
    if status.last is not None and status.state is not State.STALE and status.last.age >= _WORTH_AN_AGE:
        parts.append(escape(text("sensors-age", age=measures.span(status.last.age, text))))
    parts += [escape(part) for part in _period(sensor, period, text)]
    return f"{MARKS[status.state]} {escape(measures.name(status.sensor.names, text))}: {' · '.join(parts)}"


def _period(sensor: SensorSummary, period: timedelta, text: Text) -> Iterable[str]:
    statistics = sensor.statistics
    if statistics is None:
        if sensor.status.state not in {State.SILENT, State.STALE}:
            yield text("sensors-no-data")
        return
    values = (statistics.minimum, statistics.mean, statistics.maximum)
    unit = sensor.status.sensor.unit
    yield measures.together(*values, unit_code=unit, text=text)
    if sensor.trend is not None and sensor.trend.certain:
        hourly = period < _PER_HOUR_BELOW
        slope = sensor.trend.per_day / 24 if hourly else sensor.trend.per_day
        written = measures.number(measures.change(slope, unit, text), text, signed=True)
        if written != "0":
            key = "sensors-rising" if slope > 0 else "sensors-falling"
            per = text("sensors-per-hour" if hourly else "sensors-per-day")
            yield text(key, slope=written, per=per, certainty=_certainty(sensor.trend.p_value, text))
    if statistics.outside > 0:
        yield text("sensors-outside", share=_percent(statistics.outside))
    if usual := _usual(sensor, text):
        yield text("sensors-usually", value=usual)


def _usual(sensor: SensorSummary, text: Text) -> str:
    """Return what is usual where the period is not, by more than rounding hides; else ""."""
    baseline = sensor.baseline
    if baseline is None or not baseline.unusual:
        return ""
    unit = sensor.status.sensor.unit
    usual = measures.reading(baseline.usual, unit, text)
    return "" if usual == measures.reading(baseline.present, unit, text) else usual


def _certainty(p_value: float, text: Text) -> str:
    surest = p_value < _SUREST
    return (">" if surest else "") + measures.decimal(100 * (1 - max(p_value, _SUREST)), text, 1)


def _percent(share: float) -> str:
    return "<1" if share < 0.01 else f"{100 * share:.0f}"


def _packed(lines: Sequence[str]) -> list[str]:
    """Fill a caption, then messages. Markup is counted too, so what Telegram counts is shorter; no line is cut."""
    texts = [""]
    for line in lines:
        limit = CAPTION_LIMIT if len(texts) == 1 else MESSAGE_LIMIT
        longer = f"{texts[-1]}\n{line}" if texts[-1] else line
        if _utf16_length(longer) <= limit:
            texts[-1] = longer
        else:
            texts.append(line)
    return [text.strip() for text in texts]


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
