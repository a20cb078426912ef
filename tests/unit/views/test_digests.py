"""A digest fits one message and keeps its words whatever it is full of."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import LANGUAGES, text_for
from bot.views import handovers
from bot.views.digests import keyboard, message
from bot.views.notifications import notification
from core.diagnostics.alerts.cards import AlarmLine, Who
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.digests.models import DigestKind
from core.diagnostics.digests.news import (
    MOST_EPISODES,
    MOST_NOTES,
    MOST_SILENCES,
    MOST_TRENDS,
    Digest,
    Episode,
    Hush,
    Note,
    Section,
)
from core.diagnostics.digests.trends import Approach
from core.diagnostics.handovers.facts import MOST_REPORTS, Facts, HandedOver, OpenReport
from core.diagnostics.handovers.service import LONGEST_NOTE
from core.diagnostics.models import ReportStatus, Severity
from core.outbox import Notice

NOW = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
NAMES = {"en": "W" * 200, "ru": "Ш" * 200}


def _line(**changes: Any) -> AlarmLine:
    known: dict[str, Any] = {
        "id": 1,
        "kind": AlarmKind.LIMIT,
        "severity": Severity.CRITICAL,
        "active": True,
        "flapping": False,
        "quiet": None,
        "raised_at": NOW - timedelta(hours=9),
        "cleared_at": None,
        "sensor": NAMES,
        "sensor_id": 1,
        "value": 71.0,
        "limit": 65.0,
        "unit": "degC",
        "acknowledged": Who("Ivan", NOW),
    }
    return AlarmLine(**(known | changes))


FULL = Digest(
    DigestKind.SHIFT,
    NOW - timedelta(hours=16),
    NOW,
    "Europe/Moscow",
    50,
    Section.of([Episode("p", NAMES, n, _line(), 1, 9 * 3600) for n in range(40)], MOST_EPISODES),
    Section.of([Episode("p", NAMES, n, _line(active=False), 7, 9e5) for n in range(40)], MOST_EPISODES),
    Section.of([Hush({"machines": ["p" * 60] * 5}, "I" * 200, "r" * 500, NOW)] * 9, MOST_SILENCES),
    Section.of([Approach("p", NAMES, NAMES, "bar", 1.0, -0.25, 0.5, 2.0)] * 9, MOST_TRENDS),
    Section.of([Note(7, "I" * 200, NOW, "n" * 1000)] * 3, MOST_NOTES),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_digest_fits_one_message(language: str) -> None:
    words = message(FULL, text_for(language))
    assert len(words.encode("utf-16-le")) // 2 <= 4096
    assert "34" in words


def test_it_comes_out_of_the_outbox_as_it_went_in() -> None:
    text = text_for("ru")
    assert notification(Notice.DIGEST, FULL.to_json(), text) == (message(FULL, text), keyboard(FULL, [FULL.kind], text))


def test_moments_are_the_readers_own() -> None:
    assert "2 Mar 19:00 – 3 Mar 11:00" in message(FULL, text_for("en"))


def test_a_trend_tells_its_way_and_its_end() -> None:
    words = message(FULL, text_for("ru"))
    assert "↘ " in words
    assert "−0,25\xa0бар в сутки; при таком темпе предел 0,5\xa0бар через 48 ч" in words


def test_alarms_of_one_machine_share_a_button() -> None:
    same = Digest(
        DigestKind.DAILY, NOW, NOW, "UTC", 1, Section.of([Episode("p", NAMES, 4, _line(), 1, 60)] * 3, MOST_EPISODES)
    )
    assert len(keyboard(same, [], text_for("en")).inline_keyboard) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_handover_fits_one_message(language: str) -> None:
    report = OpenReport(123456, NAMES, Severity.CRITICAL, ReportStatus.IN_WORK, "w" * 2000)
    facts = Facts(FULL, Section.of([report] * 9, MOST_REPORTS))
    words = handovers.message(
        HandedOver(facts, "I" * 200, NOW, "n" * LONGEST_NOTE), text_for(language), ZoneInfo("UTC")
    )
    assert len(words.encode("utf-16-le")) // 2 <= 4096
