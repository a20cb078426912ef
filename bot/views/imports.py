"""A file of readings: how far it is, what would become of it, what became of it. All as Markdown."""

from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.readings import ImportReadings, StopImport
from bot.following import Sight
from bot.formatting import escape
from bot.i18n import Text
from bot.views.keyboards import button, rows
from bot.views.measures import dated_moment, zone_name
from bot.views.quarantine import clean
from core.diagnostics.ingest.intake import Receipt

_NAME = 60
_EXAMPLE = 80


def under_way(name: str, done: float, so_far: Receipt, text: Text, *, dry_run: bool) -> Sight:
    """Tell how far it is."""
    heading = text("imports-trying" if dry_run else "imports-taking", name=clean(name, _NAME))
    counted = text("imports-progress", percent=int(100 * done), count=so_far.accepted + so_far.refused.total())
    return Sight(_lines(heading, counted), rows([button(text("imports-button-stop"), StopImport())]))


def tried(name: str, receipt: Receipt, zone: ZoneInfo, text: Text) -> Sight:
    """Tell what would become of the file, and ask."""
    if not receipt.accepted and not receipt.refused:
        return Sight(_lines(text("imports-tried", name=clean(name, _NAME)), text("imports-nothing")), over=True)
    heading = f"{text('imports-tried', name=clean(name, _NAME))}\n{text('imports-dry')}"
    trusted = text("imports-trusted", count=receipt.accepted)
    parts = [
        heading,
        "\n".join([trusted, *_span(receipt, zone, text)]),
        *_refused(receipt, "imports-would-refuse", text),
    ]
    return Sight(_lines(*parts), _question(text), over=True)


def done(name: str, receipt: Receipt, zone: ZoneInfo, text: Text) -> Sight:
    """Tell what became of the file."""
    changed = text("imports-written", count=receipt.accepted, written=receipt.written)
    parts = ["\n".join([changed, *_span(receipt, zone, text)]), *_refused(receipt, "imports-refused", text)]
    return Sight(_lines(text("imports-done", name=clean(name, _NAME)), *parts), over=True)


def stopped(name: str, so_far: Receipt, text: Text, *, dry_run: bool) -> Sight:
    """Tell what a stop has left, and offer to go on."""
    count = 0 if dry_run else so_far.accepted
    words = _lines(text("imports-stopped", name=clean(name, _NAME)), text("imports-stopped-at", count=count))
    return Sight(words, _question(text), over=True)


def dropped(name: str, text: Text) -> Sight:
    """Tell that nothing is done with the file."""
    return Sight(_lines(text("imports-dropped", name=clean(name, _NAME))), over=True)


def failed(name: str, reason: str, text: Text) -> Sight:
    """Tell what went wrong; trying again may help, and doubles nothing."""
    words = _lines(text("imports-failed", name=clean(name, _NAME)), reason)
    return Sight(words, _question(text), over=True)


def _question(text: Text) -> InlineKeyboardMarkup:
    take, leave = button(text("imports-button-take"), ImportReadings()), button(text("imports-button-no"), StopImport())
    return rows([take, leave])


def _span(receipt: Receipt, zone: ZoneInfo, text: Text) -> list[str]:
    if receipt.oldest is None or receipt.newest is None:
        return []
    first, last = (dated_moment(time, zone, text) for time in (receipt.oldest, receipt.newest))
    return [text("imports-span", first=first, last=last), text("imports-zone", zone=zone_name(zone))]


def _refused(receipt: Receipt, key: str, text: Text) -> list[str]:
    if not receipt.refused:
        return []
    lines = [text(key, count=receipt.refused.total())]
    for reason, count in receipt.refused.most_common():
        what = text(f"quarantine-reason-{reason.replace('_', '-')}")
        example = clean(receipt.examples[reason].decode(errors="replace"), _EXAMPLE)
        lines.append(text("imports-reason", reason=what, count=count, example=example))
    return ["\n".join(lines)]


def _lines(heading: str, *parts: str) -> str:
    first, _, rest = heading.partition("\n")
    head = f"**{escape(first)}**" + (f"  \n{escape(rest)}" if rest else "")
    return "\n\n".join([head, *(escape(part).replace("\n", "  \n") for part in parts)])
