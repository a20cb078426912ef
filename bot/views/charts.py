"""A machine's period as one picture: a small panel for each sensor, legible on a phone.

matplotlib's object interface only: no global state, so that pictures can be drawn in threads.
"""

from dataclasses import dataclass
from io import BytesIO
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bot.i18n import Text
from bot.views import measures
from bot.views.panels import AMBER, FONT, INK, LINE, MUTED, RED, draw_panel
from core.diagnostics.summary import SystemSummary

_WIDTH_PX = 1080


@dataclass(frozen=True, slots=True)
class _Layout:
    """Columns of panels, and sizes in inches, in which letters are measured: the narrower, the larger they are."""

    columns: int
    width: float
    header: float
    panel: float
    footer: float
    left: float
    legend_columns: int


_NARROW = _Layout(columns=1, width=6.4, header=1.25, panel=2.75, footer=1.0, left=0.135, legend_columns=2)
_WIDE = _Layout(columns=2, width=10.8, header=1.1, panel=2.45, footer=0.95, left=0.085, legend_columns=3)


def render_summary(summary: SystemSummary, text: Text, zone: ZoneInfo) -> bytes:
    """Draw the period as a PNG. Takes some tenths of a second: call it in a thread."""
    layout = _NARROW if len(summary.sensors) <= 2 else _WIDE
    columns = layout.columns
    rows = max(ceil(len(summary.sensors) / columns), 1)
    height = layout.header + rows * layout.panel + layout.footer
    figure = Figure(figsize=(layout.width, height), dpi=_WIDTH_PX / layout.width, facecolor="white")
    _write_header(figure, summary, text, zone, height)
    grid = figure.add_gridspec(
        rows,
        columns,
        left=layout.left,
        right=0.975,
        top=1 - (layout.header + 0.46) / height,
        bottom=(layout.footer + 0.32) / height,
        hspace=0.74,
        wspace=0.22,
    )
    for number, sensor in enumerate(summary.news_first()):
        axes = figure.add_subplot(grid[number // columns, number % columns])
        draw_panel(axes, sensor, summary, text, zone)
    _write_legend(figure, text, layout.legend_columns, alarms=any(sensor.alarms for sensor in summary.sensors))
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
    between = f"{begin} – {end} ({measures.zone_name(zone)})"
    figure.text(0.03, 1 - 0.76 / height, between, size=15, color=MUTED, family=FONT, va="center")


def _write_legend(figure: Figure, text: Text, columns: int, *, alarms: bool) -> None:
    entries: list[tuple[Any, str]] = [
        (Line2D([], [], color=LINE, lw=2.2), "range"),
        (Line2D([], [], color=AMBER, lw=1.6, ls=(0, (5, 3))), "warning"),
        (Line2D([], [], color=RED, lw=1.6, ls=(0, (5, 3))), "critical"),
        (Patch(facecolor="#f1f3f6", edgecolor="#c3cad3", hatch="///", lw=0), "gap"),
    ]
    if alarms:
        entries.append(((Patch(facecolor=AMBER, lw=0), Patch(facecolor=RED, lw=0)), "alarm"))
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
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.0)},
    )
