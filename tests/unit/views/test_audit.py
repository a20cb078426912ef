"""The audit log in words: every action has them in both languages, people have names, roles are said."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import text_for
from bot.views.audit import page, people_of
from core.timescale.models import Kind
from core.users.models import AuditEntry

ROOT = Path(__file__).parents[3]
ACTIONS = {f"timescale.{kind}" for kind in Kind} | {
    action
    for file in (ROOT / "core").rglob("*.py")
    for action in re.findall(
        r"(?:record\((?:[^()]*), |action=|_changing\(.*, |_set\(actor, )\"([a-z_]+\.[a-z_]+)\"", file.read_text()
    )
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_action_has_words(language: str) -> None:
    assert len(ACTIONS) > 40
    text = text_for(language)
    bare = {key for action in ACTIONS if (key := action.replace(".", "-")) == text("audit-action", action=key)}
    assert bare == set()


def test_an_entry_names_people_and_says_roles() -> None:
    at = datetime(2026, 11, 30, 20, 44, tzinfo=UTC)
    details = {"to": "viewer", "from": "engineer"}
    entry = AuditEntry(id=1, at=at, actor_id=7, action="user.set_role", target="8", outcome="ok", details=details)
    assert people_of([entry]) == {7, 8}
    words = page([entry], 0, ZoneInfo("Europe/Moscow"), {7: "Анна", 8: "Иван"}, text_for("ru"))
    assert words.endswith("30.11.2026 23:44 · Анна\nсмена роли: Иван\nинженер → наблюдатель")


def test_times_are_the_readers_and_the_system_is_named() -> None:
    at = datetime(2026, 11, 30, 20, 44, tzinfo=UTC)
    details = {"begin": "2026-11-30T20:00:00+00:00", "hash": "abc", "rows": 5}
    entry = AuditEntry(
        id=1, at=at, actor_id=None, action="readings.export", target="p-2", outcome="ok", details=details
    )
    words = page([entry], 0, ZoneInfo("Europe/Moscow"), {}, text_for("en"))
    assert words.endswith("· the system\nexported readings: p-2\nbegin: 30.11.2026 23:00, rows: 5")
