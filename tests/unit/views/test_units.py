"""Values as people read them: whatever unit a sensor tells, everything that is shown agrees."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.formatting import render
from bot.i18n import text_for
from bot.views import measures
from bot.views.alarms import condition
from bot.views.charts import render_summary
from bot.views.evidence import card
from bot.views.reports import fact
from bot.views.summary import summary_texts
from core.diagnostics.alerts.cards import AlarmLine
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.models import Severity
from core.diagnostics.reports.evidence import collect
from core.diagnostics.unit_systems import curve_in, reading_unit
from core.rag.evidence import statements
from core.users.models import Units
from tests.unit.views.machines import machine, sensor, summary
from tests.unit.views.test_evidence import CARD

EN, RU = text_for("en", Units.IMPERIAL), text_for("ru", Units.IMPERIAL)
UTC_ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("value", "unit", "imperial", "metric"),
    [
        (100.0, "bar", "1,450 psi", "100 bar"),
        (10.0, "MPa", "1,450 psi", "10 MPa"),
        (60.0, "degC", "140 °F", "60 °C"),
        (-40.0, "degC", "−40 °F", "−40 °C"),
        (378.54, "l/min", "100 gal/min", "379 l/min"),
        (25.4, "mm/s", "1 in/s", "25.4 mm/s"),
        (1450.377, "psi", "1,450 psi", "100 bar"),
        (212.0, "degF", "212 °F", "100 °C"),
        (58.0, "%", "58 %", "58 %"),
        (18.0, "ISO 4406 code", "18 (ISO 4406)", "18 (ISO 4406)"),
        (3.0, "furlongs per fortnight", "3 furlongs per fortnight", "3 furlongs per fortnight"),
    ],
)
def test_a_value_is_shown_in_the_readers_units(value: float, unit: str, imperial: str, metric: str) -> None:
    def plain(written: str) -> str:
        return written.replace("\N{NARROW NO-BREAK SPACE}", ",").replace("\N{NO-BREAK SPACE}", " ")

    assert plain(measures.measure(value, unit, EN)) == imperial
    assert plain(measures.measure(value, unit, text_for("en"))) == metric


def test_the_summarys_values_limits_and_slopes_agree() -> None:
    (caption,) = summary_texts(machine(summary([85.0] * 288, of=sensor("Hot"))), EN, UTC_ZONE)
    assert "1\u202f233\u00a0psi, limit 1\u202f160" in caption
    assert "bar" not in caption
    rising = machine(summary([10.0 + i / 12 for i in range(288)]))
    assert "↗ +14.5 per hour" in summary_texts(rising, EN, UTC_ZONE)[0]


def test_the_chart_is_drawn_in_the_readers_unit_all_of_it() -> None:
    shown = summary([20.0] * 144 + [85.0] * 144)
    curve, bar = curve_in(shown, Units.IMPERIAL), curve_in(shown, Units.METRIC)
    assert curve.last == pytest.approx(85 * 14.5038, rel=1e-4)
    assert curve.limits.warning_high == pytest.approx((bar.limits.warning_high or 0) * 14.5038, rel=1e-4)
    assert [b.mean for b in curve.series] == pytest.approx([b.mean * 14.5038 for b in bar.series], rel=1e-4)
    metric = render_summary(machine(shown), text_for("en"), UTC_ZONE)
    assert render_summary(machine(shown), EN, UTC_ZONE) != metric


def test_an_alarm_tells_value_limit_and_rate_in_the_readers_unit() -> None:
    line = AlarmLine(
        id=1,
        kind=AlarmKind.LIMIT,
        severity=Severity.CRITICAL,
        active=True,
        flapping=False,
        quiet=None,
        raised_at=datetime(2026, 3, 1, tzinfo=UTC),
        cleared_at=None,
        sensor={"en": "Oil", "ru": "Масло"},
        sensor_id=1,
        value=100.0,
        limit=80.0,
        unit="degC",
    )
    assert "212\u00a0°F" in condition(line, EN)
    assert "176\u00a0°F" in condition(line, RU)
    rising = replace(line, kind=AlarmKind.RATE, value=10.0, limit=5.0, unit="degC/min")
    assert "18\u00a0°F" in condition(rising, EN)  # a difference: no 32 degrees on top
    assert "°C" not in condition(rising, EN)


def test_the_evidence_card_its_words_for_the_model_and_reports_agree() -> None:
    shown = render(card(CARD, EN)).text
    assert "160\u00a0°F" in shown
    assert "limit 149" in shown
    said = statements(CARD, "en", Units.IMPERIAL)[0]
    assert "now 160 °F" in said
    assert "beyond its limit 149 °F" in said
    assert "°C" not in "".join(statements(CARD, "ru", Units.IMPERIAL))
    kept = collect(machine(summary([85.0] * 288))).sensors[0]
    assert kept.unit == "bar"  # what is stored is the sensor's
    assert "1\u202f233\u00a0psi, limit 1\u202f160" in fact(kept, EN)


@pytest.mark.parametrize("units", Units)
@pytest.mark.parametrize("unit", ["bar", "psi", "degC", "l/min", "кгс/см2", "мм/с", "л.с.", "nonsense**9"])
def test_what_is_read_is_read_as_itself(unit: str, units: Units) -> None:
    wanted, _ = reading_unit(unit, units)
    assert reading_unit(wanted, units)[0] == wanted


@pytest.mark.parametrize(
    ("name", "shown"), [("Etc/GMT-5", "UTC+5"), ("Etc/GMT+3", "UTC−3"), ("Asia/Omsk", "Asia/Omsk")]
)
def test_a_zone_of_a_fixed_offset_is_called_by_it(name: str, shown: str) -> None:
    assert measures.zone_name(ZoneInfo(name)) == shown
