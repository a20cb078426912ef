"""What goes with a file of readings."""

from zoneinfo import ZoneInfo

from bot.callbacks.machines import StopExport
from bot.following import Sight
from bot.i18n import Text
from bot.views import measures
from bot.views.keyboards import button, rows
from core.diagnostics.exports.service import Export
from core.diagnostics.exports.writers import Detail


def caption(export: Export, text: Text, zone: ZoneInfo) -> str:
    """Say what the file holds, and where that is not every reading, why."""
    begin, end = (measures.moment(moment, zone, text) for moment in (export.window.begin, export.window.end))
    lines = [
        f"{measures.name(export.system.names, text)} · {begin} – {end} ({measures.zone_name(zone)})",
        text(f"export-{export.detail}", count=export.rows),
    ]
    lines.append(text(f"export-time-{export.kind}", zone=zone.key))
    if export.detail is not Detail.READINGS:
        lines.append(text("export-why-coarser"))
    return "\n".join(lines)


def under_way(part: float, count: int, text: Text) -> Sight:
    """Tell how far it is."""
    words = text("export-progress", percent=int(100 * part), count=count)
    return Sight(words, rows([button(text("export-button-stop"), StopExport())]))


def sending(text: Text) -> Sight:
    """Tell that it is on its way to Telegram."""
    return Sight(text("export-sending"), rows([button(text("export-button-stop"), StopExport())]))


def done(text: Text) -> Sight:
    """Tell that the file is there."""
    return Sight(text("export-done"), over=True)


def stopped(text: Text) -> Sight:
    """Tell that no file comes."""
    return Sight(text("export-stopped"), over=True)


def failed(text: Text) -> Sight:
    """Tell that no file comes; why is told by itself."""
    return Sight(text("export-failed"), over=True)
