"""What goes with a file of readings."""

from zoneinfo import ZoneInfo

from bot.i18n import Text
from bot.views import measures
from core.diagnostics.exports.service import Export
from core.diagnostics.exports.writers import Detail


def caption(export: Export, text: Text, zone: ZoneInfo) -> str:
    """Say what the file holds, and where that is not every reading, why."""
    begin, end = (measures.moment(moment, zone, text) for moment in (export.window.begin, export.window.end))
    lines = [
        f"{measures.name(export.system.names, text)} · {begin} – {end} ({measures.zone_name(zone)})",
        text(f"export-{export.detail}", count=export.rows),
    ]
    if export.detail is not Detail.READINGS:
        lines.append(text("export-why-coarser"))
    return "\n".join(lines)
