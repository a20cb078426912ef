"""A table's chunks on a time line: each as wide as its time, as high as its bytes a day, compressed ones marked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from math import log
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.i18n import Text
from bot.views.health import size
from bot.views.panels import FONT, INK, MUTED, style
from core.timescale.tables import Measured

_DPI, _WIDTH, _HEIGHT = 100, 10.8, 5.4
_OPEN, _COMPRESSED, _NOW = "#1f62b0", "#1e7a3f", "#d3222a"
_DAY = timedelta(days=1)
_MOST_TICKS = 4
_LABEL = 21
"""Points: a phone shows the picture at a third of its size."""
_EMPTY_SHARE = 0.012
"""Of the height: what an empty chunk still shows, so that it can be seen to exist."""


def render_chunks(chunks: Sequence[Measured], table: str, now: datetime, text: Text, zone: ZoneInfo) -> bytes:
    """Draw at least one chunk as a PNG. Takes some tenths of a second: call it in a thread."""
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, facecolor="white")
    axes = figure.add_axes((0.16, 0.27, 0.75, 0.55))
    style(axes)
    axes.tick_params(axis="both", labelsize=_LABEL)
    axes.tick_params(axis="x", pad=10)
    unit = _draw(axes, chunks, now, zone)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(max(round(value * unit), 0), text)))
    figure.text(0.03, 0.94, table, size=30, weight="bold", color=INK, family=FONT, va="center")
    per_day = text("chunks-picture-per-day")
    figure.text(0.97, 0.94, per_day, size=_LABEL, color=MUTED, family=FONT, va="center", ha="right")
    figure.legend(
        [Patch(color=_OPEN), Patch(color=_COMPRESSED), Patch(color=_NOW)],
        [text(f"chunks-picture-{key}") for key in ("open", "compressed", "now")],
        loc="lower center",
        ncols=3,
        frameon=False,
        prop={"family": FONT, "size": _LABEL},
        labelcolor=MUTED,
    )
    picture = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(picture, format="png", pil_kwargs={"compress_level": 3})
    return picture.getvalue()


def _draw(axes: Axes, chunks: Sequence[Measured], now: datetime, zone: ZoneInfo) -> int:
    """Draw them; return the unit of the y axis in bytes, a power of 1024, so that its ticks are round numbers."""
    heights = [one.bytes / max((one.chunk.end - one.chunk.start) / _DAY, 1e-9) for one in chunks]
    highest = max(max(heights), 1.0)
    unit: int = 1024 ** int(log(highest, 1024))
    least = highest * _EMPTY_SHARE
    for one, height in zip(chunks, heights, strict=True):
        left, right = one.chunk.start.timestamp(), one.chunk.end.timestamp()
        colour = _COMPRESSED if one.chunk.compressed else _OPEN
        axes.bar(
            left,
            max(height, least) / unit,
            width=right - left,
            align="edge",
            color=colour,
            edgecolor="white",
            lw=1,
            zorder=2,
        )
    begin, end = chunks[0].chunk.start, chunks[-1].chunk.end
    axes.set_xlim(begin.timestamp(), end.timestamp())
    if begin <= now <= end:
        axes.axvline(now.timestamp(), color=_NOW, lw=2, zorder=3)
    count = min(_MOST_TICKS, len(chunks) + 1)
    ticks = [begin + (end - begin) * (n / (count - 1)) for n in range(count)] if count > 1 else [begin]
    axes.set_xticks([tick.timestamp() for tick in ticks])
    days = end - begin > count * _DAY
    axes.set_xticklabels([f"{tick.astimezone(zone):{'%Y-%m-%d' if days else '%d.%m %H:%M'}}" for tick in ticks])
    return unit
