"""A table's size and its chunks, in words for a phone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.formatting import escape
from bot.i18n import Text
from bot.views import measures
from bot.views.health import size
from core.timescale.stats import Growth, HypertableStats
from core.timescale.tables import Measured


def stats(found: HypertableStats, zone: ZoneInfo, text: Text) -> str:
    """Word how big a table is and how it is cut."""
    lines = [
        text("stats-total", size=size(found.total_bytes, text), rows=found.rows),
        text(
            "stats-parts",
            table=size(found.table_bytes, text),
            index=size(found.index_bytes, text),
            toast=size(found.toast_bytes, text),
        ),
    ]
    if parts := found.partitioning:
        interval = measures.span(parts.interval, text)
        lines.append(text("stats-chunks", count=parts.chunks, compressed=parts.compressed, interval=interval))
        if parts.ratio is not None:
            lines.append(text("stats-ratio", ratio=measures.number(parts.ratio, text)))
        if parts.covered_until:
            lines.append(text("stats-covered", until=_moment(parts.covered_until, zone)))
    else:
        lines.append(text("stats-plain"))
    if found.oldest and found.newest:
        lines.append(text("stats-span", oldest=_moment(found.oldest, zone), newest=_moment(found.newest, zone)))
    lines += _growth(found.growth, text)
    return "  \n".join([f"**{escape(measures.table(found.table))}**", *(escape(line) for line in lines)])


def _growth(growth: Growth, text: Text) -> Iterator[str]:
    if growth.bytes_per_day is not None:
        shrinks = growth.bytes_per_day < 0
        key = "stats-shrinks" if shrinks else "stats-grows"
        yield text(key, size=size(abs(round(growth.bytes_per_day)), text))
    if growth.rows_per_s is not None:
        yield text("stats-rate", rate=measures.number(growth.rows_per_s, text))
    if growth.disk_free_bytes is not None:
        yield text("stats-free", size=size(growth.disk_free_bytes, text))
    if growth.days_until_full is not None:
        yield text("stats-full", days=round(growth.days_until_full))


def chunk_lines(found: Sequence[Measured], zone: ZoneInfo, text: Text) -> str:
    """List chunks, one a line, for a terminal."""
    if not found:
        return escape(text("chunks-none"))
    lines = [
        f"{_moment(one.chunk.start, zone)} – {_moment(one.chunk.end, zone)} · {size(one.bytes, text)}"
        + f" · {one.chunk.name}"
        + (f" · {text('chunks-picture-compressed')}" if one.chunk.compressed else "")
        for one in found
    ]
    return "  \n".join(escape(line) for line in lines)


def chunks(found: Sequence[Measured], table: str, zone: ZoneInfo, text: Text) -> str:
    """Word how a table is cut; the picture beside it shows the chunks."""
    compressed = [one for one in found if one.chunk.compressed]
    total = size(sum(one.bytes for one in found), text)
    lines = [text("chunks-heading", table=table, count=len(found), size=total)]
    if compressed:
        lines.append(
            text("chunks-compressed", count=len(compressed), size=size(sum(one.bytes for one in compressed), text))
        )
    if found:
        lines.append(
            text("chunks-span", begin=_moment(found[0].chunk.start, zone), end=_moment(found[-1].chunk.end, zone))
        )
    return "\n".join(lines)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
