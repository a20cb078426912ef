"""The gap report: pages of a message, and a table for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.documents import ExportGaps, ShowGaps
from bot.formatting import escape
from bot.i18n import Text
from bot.views.answers import shorten
from bot.views.keyboards import button, rows
from bot.views.refusals import lacks
from core.rag.answers import Refusal
from core.rag.gaps import PERIOD, Gap

PAGE = 5
_COLUMNS = [
    "missing",
    "values",
    "questions",
    "asked",
    "askers",
    "refused",
    "thumbs_down",
    "reasons",
    "last_asked",
    "nearest",
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula: cells hold what anybody typed."""


def report(gaps: Sequence[Gap], page: int, zone: ZoneInfo, text: Text) -> str:
    """Show one page (from 0) of the gaps, as Markdown."""
    if not gaps:
        return escape(text("gaps-none", days=PERIOD.days))
    first = _page(gaps, page) * PAGE
    heading = f"**{escape(text('gaps-heading', count=len(gaps), days=PERIOD.days))}**"
    listed = [_gap(number, gap, zone, text) for number, gap in enumerate(gaps[first : first + PAGE], first + 1)]
    return "\n\n".join([heading, *listed])


def keyboard(gaps: Sequence[Gap], page: int, text: Text) -> InlineKeyboardMarkup | None:
    """Return ◀ 1/3 ▶ where there are more pages, and the export."""
    if not gaps:
        return None
    page, pages = _page(gaps, page), -(-len(gaps) // PAGE)
    turn = []
    if pages > 1:
        turn = [button(f"{page + 1}/{pages}", ShowGaps(page=page))]
        turn = [button("◀", ShowGaps(page=page - 1)), *turn] if page > 0 else turn
        turn = [*turn, button("▶", ShowGaps(page=page + 1))] if page < pages - 1 else turn
    return rows(turn, [button(text("gaps-button-csv"), ExportGaps())])


def table(gaps: Iterable[Gap]) -> bytes:
    """Return the gaps as CSV (UTF-8 with a mark that Excel wants, times in UTC)."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    for gap in gaps:
        when = gap.last_asked.astimezone(UTC).isoformat(timespec="seconds")
        texts = ("; ".join(words) for words in (gap.missing, gap.values, gap.questions))
        counts = (gap.asked, gap.askers, gap.refused, gap.disliked)
        writer.writerow([*map(_inert, texts), *counts, "; ".join(gap.reasons), when, _inert("; ".join(gap.nearest))])
    return written.getvalue().encode("utf-8-sig")


def _gap(number: int, gap: Gap, zone: ZoneInfo, text: Text) -> str:
    lines = [f"{number}. {'; '.join(f'«{shorten(question)}»' for question in gap.questions)}"]
    lines += lacks(Refusal(missing=gap.missing, values=gap.values), text)
    if gap.nearest:
        lines.append(text("gaps-nearest", titles=", ".join(gap.nearest[:2])))
    if gap.reasons:
        lines.append(f"👎 {', '.join(text(f'feedback-{reason}') for reason in gap.reasons)}")
    date = gap.last_asked.astimezone(zone).strftime("%d.%m.%Y")
    lines.append(text("gaps-counts", asked=gap.asked, askers=gap.askers, date=date))
    return "  \n".join(escape(line) for line in lines)


def _page(gaps: Sequence[Gap], page: int) -> int:
    """Return a page that exists: the report may have become shorter since the button was made."""
    return min(max(page, 0), (len(gaps) - 1) // PAGE)


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
