"""The PDF: pages with Russian words that can be searched, whatever people and documents wrote."""

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import text_for
from bot.views.report_pdf import render_report
from bot.views.reports import card, keyboard
from core.diagnostics.models import DiagnosticReport, ReportStatus, Severity
from core.diagnostics.reports.evidence import SourceFact, collect
from core.diagnostics.reports.models import ReportEvent, Step
from core.diagnostics.reports.service import LONGEST_WORDS, Report
from core.diagnostics.summary import SystemSummary
from core.users.models import Role
from core.users.rights import Actor
from tests.unit.views.machines import NOW, machine, sensor, summary

RU, UTC = text_for("ru"), ZoneInfo("UTC")
SHOWN = machine(summary([65.0] * 288, of=sensor("Pressure")))


def report(words: str = "Насос воет", *, shown: SystemSummary = SHOWN, source: str = "Проверьте регулятор.") -> Report:
    """A report on a machine with one sensor beyond its limit, with a source and a note."""
    row = DiagnosticReport(
        id=12, system_id=7, created_at=NOW, updated_at=NOW, severity=Severity.WARNING, status=ReportStatus.IN_WORK,
        confidence=0.8, summary=words, affected_components=[], evidence={},
    )  # fmt: skip
    evidence = collect(shown, sources=(SourceFact("Руководство", 2, "Насосы", source),))
    events = (ReportEvent(id=1, report_id=12, at=NOW, step=Step.TAKEN, author_name="Ольга", words=words),)
    return Report(row, shown.status.system, ({"ru": "Насос", "en": "Pump"},), evidence, events)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_it_has_the_picture_and_fonts_of_its_own() -> None:
    pdf = render_report(report(), SHOWN, RU, UTC)
    assert pdf.startswith(b"%PDF-")
    assert b"DejaVuSans" in pdf
    assert b"/ToUnicode" in pdf
    assert b"/Subtype /Image" in pdf
    assert pages(pdf) >= 1


@pytest.mark.parametrize(
    "words",
    ["<b>unclosed & <i>markup", "x" * LONGEST_WORDS, "строка\n" * 280, "🔧 𝕏 漢字 \u202e", "&amp; <br/> <img src='x'>"],
)
def test_whatever_people_and_documents_write_can_be_printed(words: str) -> None:
    assert pages(render_report(report(words, source=words * 5), SHOWN, RU, UTC)) >= 1


@pytest.mark.parametrize("count", [0, 1, 40])
def test_machines_of_any_size_can_be_printed(count: int) -> None:
    many = machine(*(summary([65.0] * 288, of=sensor(f"Pressure {i}")) for i in range(count)))
    assert pages(render_report(report(shown=many), many, RU, UTC)) >= 1


def test_without_evidence_there_is_still_a_report() -> None:
    assert pages(render_report(replace(report(), evidence=None), None, RU, UTC)) == 1


def test_the_card_fits_a_message_and_shows_markup_as_it_is() -> None:
    long = report("<b>" + "ё" * (LONGEST_WORDS - 3), source="x" * 5000)
    note = ReportEvent(
        id=2, report_id=12, at=NOW + timedelta(hours=1), step=Step.NOTED, author_name="Ольга", words="ы" * 2000
    )
    shown = card(replace(long, events=(note,) * 30), RU, UTC)
    assert len(shown.encode("utf-16-le")) // 2 <= 4096
    assert "&lt;b&gt;" in shown
    assert "⚠️ предупреждение · в работе" in shown
    assert "уверенность 80\u00a0%" in shown.replace(" %", "\u00a0%")


def test_viewers_see_no_buttons_that_they_may_not_press() -> None:
    def labels(role: Role) -> list[str]:
        actor = Actor(id=1, name="A", role=role)
        return [key.text for line in keyboard(report(), actor, RU).inline_keyboard for key in line]

    assert labels(Role.VIEWER) == ["📄 PDF", "📋 Отчёты"]
    assert "☑️ Закрыть" in labels(Role.ENGINEER)
