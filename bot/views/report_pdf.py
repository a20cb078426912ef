"""A report as a PDF: what was found, the picture of that time, the evidence, its sources, and the work.

reportlab and the fonts that matplotlib brings (DejaVu, which has Cyrillic). Words from people are escaped: reportlab
reads markup in paragraphs.
"""

from collections.abc import Iterator
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.i18n import Text
from bot.views import measures
from bot.views import reports as views
from bot.views.charts import render_summary
from core.diagnostics.reports.evidence import Evidence, SourceFact
from core.diagnostics.reports.service import Report
from core.diagnostics.summary import SystemSummary

_REGULAR, _BOLD = "DejaVu", "DejaVu-Bold"
_MARGIN_MM = 18
_MOST_PANELS = 10
"""Sensors in the picture: more would be too small to read on paper."""
_QUOTED = 1500
"""Characters of a source: enough to check, the document itself has the rest."""
_INK, _MUTED, _RULE, _SHADE = "#1b2430", "#67717e", "#c3cad3", "#f1f3f6"


def render_report(report: Report, summary: SystemSummary | None, text: Text, zone: ZoneInfo) -> bytes:
    """Return the PDF; `summary` is the machine over the evidence's time. Takes a second or two: call it in a thread."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    _register_fonts()
    title, margin = views.title(report, text), _MARGIN_MM * mm
    written = BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=title,
        author="Hydrodiag",
        lang=text.language,
    )

    def footer(canvas: Any, _: Any) -> None:
        canvas.setFont(_REGULAR, 8)
        canvas.setFillColor(_MUTED)
        canvas.drawString(margin, margin / 2, f"Hydrodiag · {title}")
        canvas.drawRightString(A4[0] - margin, margin / 2, str(canvas.getPageNumber()))

    story = list(_story(report, summary, text, zone, document.width, document.height))
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return written.getvalue()


def _story(
    report: Report, summary: SystemSummary | None, text: Text, zone: ZoneInfo, width: float, height: float
) -> Iterator[Any]:
    yield _paragraph(views.title(report, text), size=18, bold=True)
    yield _paragraph(views.standing(report, text), size=11)
    place = measures.name(report.system.location, text)
    opened = text(
        "report-opened",
        moment=f"{measures.dated_moment(report.row.created_at, zone, text)} ({measures.zone_name(zone)})",
    )
    yield _paragraph(" · ".join(filter(None, [report.system.code, place, opened])), colour=_MUTED, after=10)
    yield _paragraph(report.row.summary, size=11, after=10)
    if report.components:
        names = "; ".join(measures.name(names, text) for names in report.components)
        yield _paragraph(f"{text('report-components')}: {names}")
    if report.evidence is not None:
        yield from _evidence(report.evidence, summary, text, zone, width, height)
        yield from _sources(report.evidence, text)
    yield _heading(text("report-journal"))
    for event in report.events:
        yield _paragraph(views.step(event, text, zone))


def _evidence(
    evidence: Evidence, summary: SystemSummary | None, text: Text, zone: ZoneInfo, width: float, height: float
) -> Iterator[Any]:
    yield _heading(f"{text('report-evidence')}, {views.between(evidence, text, zone)}")
    if not evidence.sensors:
        yield _paragraph(text("report-evidence-none"))
    else:
        yield _table(evidence, text, width)
    if summary is not None and summary.sensors:
        ids = [fact.sensor_id for fact in evidence.sensors] or [s.status.sensor.id for s in summary.sensors]
        yield _picture(render_summary(summary.only(ids[:_MOST_PANELS]), text, zone), width, height)


def _table(evidence: Evidence, text: Text, width: float) -> Any:
    from reportlab.platypus import Table, TableStyle

    head = [_paragraph(text(f"report-column-{key}"), bold=True, size=9) for key in ("sensor", "value")]
    rows = [
        [_paragraph(measures.name(fact.names, text), size=9), _paragraph(views.fact(fact, text), size=9)]
        for fact in evidence.sensors
    ]
    style = TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    return Table([head, *rows], colWidths=[0.35 * width, 0.65 * width], style=style, repeatRows=1, spaceAfter=10)


def _picture(png: bytes, width: float, height: float) -> Any:
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image

    pixels_wide, pixels_high = ImageReader(BytesIO(png)).getSize()
    scale = min(width / pixels_wide, 0.9 * height / pixels_high)
    return Image(BytesIO(png), width=scale * pixels_wide, height=scale * pixels_high)


def _sources(evidence: Evidence, text: Text) -> Iterator[Any]:
    if evidence.sources:
        yield _heading(text("report-sources"))
    for number, source in enumerate(evidence.sources, 1):
        yield _paragraph(f"[{number}] {views.source(source, text)}", bold=True)
        yield _paragraph(_quoted(source), size=9, colour=_MUTED, after=8)


def _quoted(source: SourceFact) -> str:
    return source.text if len(source.text) <= _QUOTED else f"{source.text[:_QUOTED].rstrip()}…"


def _heading(words: str) -> Any:
    return _paragraph(words, size=13, bold=True, before=12, after=6, keep=True)


def _paragraph(
    words: str,
    *,
    size: float = 10,
    bold: bool = False,
    colour: str = _INK,
    before: float = 0,
    after: float = 4,
    keep: bool = False,
) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "words",
        fontName=_BOLD if bold else _REGULAR,
        fontSize=size,
        leading=1.35 * size,
        textColor=colour,
        spaceBefore=before,
        spaceAfter=after,
        keepWithNext=keep,
        splitLongWords=True,
    )
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


@cache
def _register_fonts() -> None:
    from matplotlib import get_data_path
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont(_REGULAR, str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont(_BOLD, str(folder / "DejaVuSans-Bold.ttf")))
