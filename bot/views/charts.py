"""A machine's period as one picture: a small panel for each sensor, legible on a phone.

matplotlib's object interface only: no global state, so that pictures can be drawn in threads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.i18n import Text
from bot.views import measures
from core.diagnostics.models import Quantity
from core.diagnostics.summary import Bucket, Limits, SensorSummary, State, SystemSummary

_WIDTH_PX = 1080
_HEADER = 1.1
FONT = "DejaVu Sans"  # has Cyrillic, and comes with matplotlib
INK, MUTED, _GRID, _LINE = "#1b2430", "#67717e", "#e6e9ee", "#1f62b0"
_AMBER, _RED, _GREEN = "#d98200", "#d3222a", "#1e7a3f"
_QUIET = ("#eceff3", MUTED)
_BADGES = {State.HEALTHY: ("#e3f3e8", _GREEN), State.WARNING: (_AMBER, "white"), State.CRITICAL: (_RED, "white")}
"""Behind and in the last value."""
_GAP_FACTOR = 2.5
"""A gap is drawn where neighbours are farther apart than this many expected distances."""
_TICK_STEPS = tuple(
    timedelta(minutes=m) for m in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080, 43200, 86400)
)
_MOST_TICKS = 5
_TITLE_OFFSET = -42
"""Points from a panel to its title: above the axis's numbers."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of panels, and sizes in inches, in which letters are measured: the narrower, the larger they are."""

    columns: int
    width: float
    panel: float
    footer: float
    left: float
    legend_columns: int


_NARROW = _Layout(columns=1, width=6.4, panel=2.75, footer=1.0, left=0.135, legend_columns=2)
_WIDE = _Layout(columns=2, width=10.8, panel=2.45, footer=0.7, left=0.085, legend_columns=4)


def render_summary(summary: SystemSummary, text: Text, zone: ZoneInfo) -> bytes:
    """Draw the period as a PNG. Takes some tenths of a second: call it in a thread."""
    layout = _NARROW if len(summary.sensors) <= 2 else _WIDE
    columns = layout.columns
    rows = max(ceil(len(summary.sensors) / columns), 1)
    height = _HEADER + rows * layout.panel + layout.footer
    figure = Figure(figsize=(layout.width, height), dpi=_WIDTH_PX / layout.width, facecolor="white")
    _write_header(figure, summary, text, zone, height)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=layout.left,
        right=0.975,
        top=1 - (_HEADER + 0.46) / height,
        bottom=(layout.footer + 0.32) / height,
        hspace=0.74,
        wspace=0.22,
    )
    for number, sensor in enumerate(summary.news_first()):
        axes = figure.add_subplot(grid[number // columns, number % columns])
        _draw_panel(axes, sensor, summary, text, zone)
    _write_legend(figure, text, layout.legend_columns)
    picture = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(picture, format="png", pil_kwargs={"compress_level": 3})
    return picture.getvalue()


def _write_header(figure: Figure, summary: SystemSummary, text: Text, zone: ZoneInfo, height: float) -> None:
    title = measures.name(summary.status.system.names, text)
    length = measures.span(summary.end - summary.begin, text)
    figure.text(0.03, 1 - 0.36 / height, title, size=24, weight="bold", color=INK, family=FONT, va="center")
    figure.text(0.97, 1 - 0.36 / height, length, size=24, color=INK, family=FONT, va="center", ha="right")
    begin, end = (measures.moment(time, zone, text) for time in (summary.begin, summary.end))
    between = f"{begin} – {end} ({zone.key})"
    figure.text(0.03, 1 - 0.76 / height, between, size=15, color=MUTED, family=FONT, va="center")


def _write_legend(figure: Figure, text: Text, columns: int) -> None:
    entries = [
        (Line2D([], [], color=_LINE, lw=2.2), "range"),
        (Line2D([], [], color=_AMBER, lw=1.6, ls=(0, (5, 3))), "warning"),
        (Line2D([], [], color=_RED, lw=1.6, ls=(0, (5, 3))), "critical"),
        (Patch(facecolor="#f1f3f6", edgecolor="#c3cad3", hatch="///", lw=0), "gap"),
    ]
    figure.legend(
        [handle for handle, _ in entries],
        [text(f"sensors-chart-{key}") for _, key in entries],
        loc="lower center",
        ncols=columns,
        frameon=False,
        prop={"family": FONT, "size": 14},
        labelcolor=MUTED,
        handlelength=1.8,
        columnspacing=1.6,
    )


def _draw_panel(axes: Axes, sensor: SensorSummary, summary: SystemSummary, text: Text, zone: ZoneInfo) -> None:
    style(axes)
    _write_title(axes, sensor, text)
    axes.set_xlim(_x(summary.begin), _x(summary.end))
    _draw_time_axis(axes, summary, text, zone)
    bottom, top = _range(sensor)
    axes.set_ylim(bottom, top)
    whole = sensor.status.sensor.quantity == Quantity.CLEANLINESS
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2, integer=whole))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: measures.number(value, text)))
    limits = sensor.status.limits
    _draw_limits(axes, limits, bottom, top, text)
    distance = max(summary.bucket, timedelta(seconds=sensor.status.sensor.sampling_s))
    _draw_gaps(axes, sensor.series, summary, distance, text)
    for run in _runs(sensor.series, distance):
        _draw_run(axes, run, limits, summary.bucket)


def style(axes: Axes) -> None:
    """Give a panel the house's looks: no frame, a quiet grid."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c3cad3")
    axes.grid(True, color=_GRID, lw=0.9)
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


def _range(sensor: SensorSummary) -> tuple[float, float]:
    """The y axis: the data, and the warning limits, which say how far away trouble is."""
    limits = sensor.status.limits
    values = [edge for bucket in sensor.series for edge in (bucket.minimum, bucket.maximum)]
    if not values and sensor.status.last is not None:
        values = [sensor.status.last.value]
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
        (limits.warning_low, _AMBER, bottom, 0.99),
        (limits.warning_high, _AMBER, top, 0.99),
        (limits.critical_low, _RED, bottom, 0.01),
        (limits.critical_high, _RED, top, 0.01),
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
    axes.fill_between(x, [b.minimum for b in run], [b.maximum for b in run], color=_LINE, alpha=0.16, lw=0, zorder=2)
    marker = "o" if len(run) == 1 else ""
    axes.plot(x, means, color=_LINE, lw=1.8, marker=marker, markersize=4, solid_joinstyle="round", zorder=3)
    for state, colour in ((State.WARNING, _AMBER), (State.CRITICAL, _RED)):
        beyond = [mean if limits.state(mean) is state else float("nan") for mean in means]
        axes.plot(x, beyond, color=colour, lw=2.6, solid_capstyle="round", zorder=4)


def _x(time: datetime) -> float:
    return time.timestamp()
