"""One sensor's period as a panel of a picture, and the looks that all pictures share."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.i18n import Text
from bot.views import measures
from core.diagnostics.models import Quantity
from core.diagnostics.summary import AlarmSpan, Bucket, Limits, SensorSummary, State, SystemSummary
from core.diagnostics.unit_systems import Curve, curve_in

FONT = "DejaVu Sans"  # has Cyrillic, and comes with matplotlib
INK, MUTED, GRID, LINE = "#1b2430", "#67717e", "#e6e9ee", "#1f62b0"
AMBER, RED, GREEN = "#d98200", "#d3222a", "#1e7a3f"
_QUIET = ("#eceff3", MUTED)
_BADGES = {State.HEALTHY: ("#e3f3e8", GREEN), State.WARNING: (AMBER, "white"), State.CRITICAL: (RED, "white")}
"""Behind and in the last value."""
_GAP_FACTOR = 2.5
"""A gap is drawn where neighbours are farther apart than this many expected distances."""
_BAR = (0.0, 0.065)
"""From where, and how high, the bar of an alarm is, in parts of a panel: within the margin below the data."""
_SHORTEST_BAR = 0.008
"""The part of the period that an alarm takes at least, so that it can be seen."""
_TICK_STEPS = tuple(
    timedelta(minutes=m) for m in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080, 43200, 86400)
)
_MOST_TICKS = 5
_TITLE_OFFSET = -42
"""Points from a panel to its title: above the axis's numbers."""


def draw_panel(axes: Axes, sensor: SensorSummary, summary: SystemSummary, text: Text, zone: ZoneInfo) -> None:
    """Draw a sensor's period: its course, what it lacks, its limits, when its alarms stood."""
    style(axes)
    _write_title(axes, sensor, text)
    axes.set_xlim(_x(summary.begin), _x(summary.end))
    _draw_time_axis(axes, summary, text, zone)
    curve = curve_in(sensor, text.units)
    bottom, top = _range(curve)
    axes.set_ylim(bottom, top)
    whole = sensor.status.sensor.quantity == Quantity.CLEANLINESS
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2, integer=whole))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: measures.number(value, text)))
    _draw_limits(axes, curve.limits, bottom, top, text)
    distance = max(summary.bucket, timedelta(seconds=sensor.status.sensor.sampling_s))
    _draw_gaps(axes, curve.series, summary, distance, text)
    for run in _runs(curve.series, distance):
        _draw_run(axes, run, curve.limits, summary.bucket)
    _draw_alarms(axes, sensor.alarms, summary)


def style(axes: Axes) -> None:
    """Give a panel the house's looks: no frame, a quiet grid."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c3cad3")
    axes.grid(True, color=GRID, lw=0.9)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=14, labelcolor=MUTED, labelfontfamily=FONT, pad=5)


def _write_title(axes: Axes, sensor: SensorSummary, text: Text) -> None:
    status = sensor.status
    name = measures.name(status.sensor.names, text)
    axes.annotate(
        name,
        (0.0, 1.28),
        (_TITLE_OFFSET, 0.0),
        xycoords="axes fraction",
        textcoords="offset points",
        size=14.5,
        weight="bold",
        color=INK,
        family=FONT,
        va="center",
    )
    if status.last is None:
        shown = text("sensors-chart-no-data")
    elif status.state is State.STALE:
        shown = text("sensors-stale", age=measures.span(status.last.age, text))
    else:
        shown = measures.measure(status.last.value, status.sensor.unit, text)
    unit = measures.unit(status.sensor.unit, text)
    axes.text(0.0, 1.02, unit, transform=axes.transAxes, size=13, color=MUTED, family=FONT, va="bottom")
    background, ink = _BADGES.get(status.state, _QUIET)
    axes.text(
        1.0,
        1.28,
        shown,
        transform=axes.transAxes,
        size=14.5,
        color=ink,
        weight="normal" if status.state is State.STALE else "bold",
        family=FONT,
        ha="right",
        va="center",
        bbox={"boxstyle": "round,pad=0.32,rounding_size=0.5", "facecolor": background, "edgecolor": "none"},
    )


def _draw_time_axis(axes: Axes, summary: SystemSummary, text: Text, zone: ZoneInfo) -> None:
    period = summary.end - summary.begin
    step = next((step for step in _TICK_STEPS if period / step <= _MOST_TICKS), period / _MOST_TICKS)
    ticks = list(_ticks(summary.begin.astimezone(zone), summary.end, step))
    axes.set_xticks([_x(tick) for tick in ticks])
    by_day = step >= timedelta(days=1)
    axes.set_xticklabels([measures.date(t, zone, text) if by_day else f"{t.astimezone(zone):%H:%M}" for t in ticks])


def _ticks(begin: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Yield round local times; stepping in local time keeps midnights at midnight when clocks change."""
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    tick = midnight + step * ceil((begin - midnight) / step)
    while tick <= end:
        yield tick
        tick += step


def _range(curve: Curve) -> tuple[float, float]:
    """The y axis: the data, and the warning limits, which say how far away trouble is."""
    limits = curve.limits
    values = [edge for bucket in curve.series for edge in (bucket.minimum, bucket.maximum)]
    if not values and curve.last is not None:
        values = [curve.last]
    worst = {limits.state(value) for value in values} - {State.HEALTHY}
    shown = [limits.warning_low, limits.warning_high]
    if worst:
        shown += [limits.critical_low, limits.critical_high]
    values += [limit for limit in shown if limit is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    margin = 0.1 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if 0.0 <= low < margin else low - margin), high + margin


def _draw_limits(axes: Axes, limits: Limits, bottom: float, top: float, text: Text) -> None:
    """Draw the limits with their values, warning on the right, critical on the left: they may be close neighbours."""
    for limit, colour, edge, place in (
        (limits.warning_low, AMBER, bottom, 0.99),
        (limits.warning_high, AMBER, top, 0.99),
        (limits.critical_low, RED, bottom, 0.01),
        (limits.critical_high, RED, top, 0.01),
    ):
        if limit is not None and bottom <= limit <= top:
            axes.axhspan(min(limit, edge), max(limit, edge), color=colour, alpha=0.06, lw=0)
            axes.axhline(limit, color=colour, lw=1.4, ls=(0, (5, 3)))
            axes.text(
                place,
                limit,
                measures.number(limit, text),
                transform=axes.get_yaxis_transform(),
                size=11.5,
                color=colour,
                family=FONT,
                ha="right" if place > 0.5 else "left",
                va="center",
                bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
                zorder=5,
            )


def _draw_gaps(axes: Axes, series: Sequence[Bucket], summary: SystemSummary, distance: timedelta, text: Text) -> None:
    edges = [summary.begin - distance, *(bucket.start for bucket in series), summary.end]
    for before, after in pairwise(edges):
        if after - before > _GAP_FACTOR * distance:
            begin = max(before + summary.bucket, summary.begin)
            axes.axvspan(_x(begin), _x(after), facecolor="#f1f3f6", edgecolor="#c3cad3", hatch="///", lw=0, zorder=1)
    if not series:
        words = text("sensors-chart-no-data")
        axes.text(
            0.5,
            0.5,
            words,
            transform=axes.transAxes,
            ha="center",
            va="center",
            size=14,
            color=MUTED,
            family=FONT,
            bbox={"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "none"},
            zorder=6,
        )


def _runs(series: Sequence[Bucket], distance: timedelta) -> Iterator[list[Bucket]]:
    """Yield stretches without a gap."""
    run: list[Bucket] = []
    for bucket in series:
        if run and bucket.start - run[-1].start > _GAP_FACTOR * distance:
            yield run
            run = []
        run.append(bucket)
    if run:
        yield run


def _draw_run(axes: Axes, run: list[Bucket], limits: Limits, width: timedelta) -> None:
    x = [_x(bucket.start + width / 2) for bucket in run]
    means = [bucket.mean for bucket in run]
    axes.fill_between(x, [b.minimum for b in run], [b.maximum for b in run], color=LINE, alpha=0.16, lw=0, zorder=2)
    marker = "o" if len(run) == 1 else ""
    axes.plot(x, means, color=LINE, lw=1.8, marker=marker, markersize=4, solid_joinstyle="round", zorder=3)
    for state, colour in ((State.WARNING, AMBER), (State.CRITICAL, RED)):
        beyond = [mean if limits.state(mean) is state else float("nan") for mean in means]
        axes.plot(x, beyond, color=colour, lw=2.6, solid_capstyle="round", zorder=4)


def _draw_alarms(axes: Axes, alarms: Sequence[AlarmSpan], summary: SystemSummary) -> None:
    """Draw when alarms stood as bars on the time axis, the critical above the others."""
    shortest = _SHORTEST_BAR * (summary.end - summary.begin)
    for critical, colour in ((False, AMBER), (True, RED)):
        bars = []
        for alarm in alarms:
            if alarm.critical is critical:
                since = max(alarm.since, summary.begin)
                length = max((alarm.until or summary.end) - since, shortest)
                since = min(since, summary.end - length)
                bars.append((_x(since), length.total_seconds()))
        axes.broken_barh(
            bars, _BAR, transform=axes.get_xaxis_transform(), facecolor=colour, edgecolor="white", lw=0.6, zorder=7
        )


def _x(time: datetime) -> float:
    return time.timestamp()
