"""Pictures of summaries: drawn once for all who would see the same, in threads of their own."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.i18n import Text
from bot.views.charts import render_summary
from core.diagnostics.summary import SensorSummary, SystemSummary
from core.shared import Shared

_MOST = 64
"""Pictures kept, some 100 KB each."""
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="drawing")
"""Searches for answers must not wait behind a crowd's pictures, and more threads would only fight for the GIL."""
_under_way = Shared[bytes]()
_kept: OrderedDict[Hashable, bytes] = OrderedDict()


async def picture_of(summary: SystemSummary, zone: ZoneInfo, text: Text) -> bytes:
    """Return the picture as a PNG: one that was drawn of the same content for a reader like this one will do."""
    key = (*_content(summary), zone.key, text.language, text.units)
    if (known := _kept.get(key)) is not None:
        _kept.move_to_end(key)
        return known
    return await _under_way.get(key, lambda: _drawn(key, summary, zone, text))


async def _drawn(key: Hashable, summary: SystemSummary, zone: ZoneInfo, text: Text) -> bytes:
    png = await asyncio.get_running_loop().run_in_executor(_THREADS, render_summary, summary, text, zone)
    _kept[key] = png
    if len(_kept) > _MOST:
        _kept.popitem(last=False)
    return png


def _content(summary: SystemSummary) -> tuple[Hashable, ...]:
    """Return what tells one picture from another: the minutes between which it is, and each sensor's numbers."""
    system = summary.status.system
    sensors = tuple(_of_sensor(sensor) for sensor in summary.news_first())
    names = tuple(system.names.items())
    return (system.id, names, _minute(summary.begin), _minute(summary.end), summary.bucket, summary.past, sensors)


def _of_sensor(summary: SensorSummary) -> tuple[Hashable, ...]:
    status = summary.status
    last = (status.last.time, status.last.value) if status.last else None
    words = (*status.sensor.names.items(), status.sensor.unit)
    series = hash(tuple((b.start, b.outside, b.minimum, b.mean, b.maximum) for b in summary.series))
    numbers = (summary.statistics, summary.trend, summary.baseline, summary.alarms, series)
    return (status.sensor.id, words, status.state, last, status.limits, *numbers)


def _minute(time: datetime) -> int:
    return int(time.timestamp() // 60)
