"""A summary's words: what matters first, markup that can't break, and never more than Telegram takes."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import text_for
from bot.views.summary import CAPTION_LIMIT, MESSAGE_LIMIT, summary_keyboard, summary_texts
from bot.views.systems import systems_keyboard, systems_text
from tests.unit.views.machines import machine, sensor, summary

EN, RU, UTC = text_for("en"), text_for("ru"), ZoneInfo("UTC")
WELL, WARM, HOT, STALE = [20.0] * 288, [20.0] * 144 + [65.0] * 144, [85.0] * 288, [20.0] * 144


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class TagsBalance(HTMLParser):
    """Raises where a closing tag does not close the last open one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_what_is_not_heard_comes_first_then_what_is_beyond_limits() -> None:
    shown = machine(
        *(summary(v, of=sensor(n)) for n, v in [("Well", WELL), ("Warm", WARM), ("Hot", HOT), ("Old", STALE)]),
        summary([], of=sensor("Never")),
    )
    (caption,) = summary_texts(shown, EN, UTC)
    assert re.findall(r"(Never|Old|Hot|Warm|Well):", caption) == ["Never", "Old", "Hot", "Warm", "Well"]
    assert "⏸ Old: <b>silent for 12 h, last 20\u00a0bar</b>" in caption
    assert "🔴 Hot: <b>85\u00a0bar, limit 80</b>" in caption
    assert "50\xa0% of the time beyond limits" in caption
    assert "🔴 <b>Press P-200</b> · 24 h" in caption


def test_a_trend_shows_with_its_slope_and_only_when_it_is_certain() -> None:
    rising = machine(summary([10.0 + i / 12 for i in range(288)]))
    assert "↗ +1 per hour (&gt;99.9\u00a0%)" in summary_texts(rising, EN, UTC)[0]
    assert "↗ +1 в час (&gt;99,9\u00a0%)" in summary_texts(rising, RU, UTC)[0]
    assert "how certain" in summary_texts(rising, EN, UTC)[0]
    flat = machine(summary([10.0 + (i % 2) for i in range(288)]))
    assert "↗" not in summary_texts(flat, EN, UTC)[0]
    week = timedelta(days=7)
    weekly = machine(summary([50.0 - i / 24 for i in range(168)], period=week), period=week)
    assert "↘ −1 per day" in summary_texts(weekly, EN, UTC)[0]


def test_a_last_value_says_its_age_where_it_is_not_of_this_very_minute() -> None:
    slow = sensor()
    slow.stale_after_s = 86_400.0
    (caption,) = summary_texts(machine(summary([20.0] * 144, of=slow), summary(WELL)), EN, UTC)
    assert caption.count(" ago") == 1
    assert "20\u00a0bar</b> · 12 h ago" in caption


@pytest.mark.parametrize("count", [0, 1, 9, 25, 200])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_texts_fit_telegram_and_lose_no_sensor(count: int, language: str) -> None:
    text = text_for(language)
    names = [f"🔧 Sensor №{i:03} <&> of the pump" for i in range(count)]
    caption, *more = summary_texts(machine(*(summary(WARM, of=sensor(n)) for n in names)), text, UTC)
    assert utf16(caption) <= CAPTION_LIMIT
    assert all(utf16(message) <= MESSAGE_LIMIT for message in more)
    whole = "\n".join([caption, *more])
    assert all(f"№{i:03}" in whole for i in range(count))
    for message in (caption, *more):
        TagsBalance(message)


def test_markup_in_names_is_shown_as_it_is() -> None:
    shown = machine(summary(WELL, of=sensor("<b>A&B")), name="<i>Press</i>")
    (caption,) = summary_texts(shown, EN, UTC)
    assert "&lt;b&gt;A&amp;B" in caption
    assert "&lt;i&gt;Press" in caption
    assert "&lt;i&gt;Press" in systems_text([shown.status], EN)


def test_the_shown_period_is_marked_and_every_button_fits() -> None:
    keyboard = summary_keyboard(machine(summary(WELL)), EN).inline_keyboard
    assert [key.text for key in keyboard[0]] == ["1 h", "• 24 h", "7 d", "30 d"]
    assert all(key.callback_data and len(key.callback_data.encode()) <= 64 for row in keyboard for key in row)


def test_the_list_names_what_is_wrong_and_counts_what_is_well() -> None:
    sick = machine(*(summary(HOT, of=sensor(f"S{i}")) for i in range(7))).status
    well = machine(summary(WELL), summary(WELL)).status
    listed = systems_text([sick, well], EN)
    assert listed.count("🔴 S") == 4
    assert "… +3" in listed
    assert "2 sensors, all within limits" in listed
    assert "2 датчика, все в норме" in systems_text([well], RU)
    assert [key.text for (key,) in systems_keyboard([sick, well], EN).inline_keyboard] == [
        "🔴 Press P-200",
        "✅ Press P-200",
    ]


def test_no_machines_is_said() -> None:
    assert "No machines" in systems_text([], EN)


def test_among_sensors_that_are_well_now_those_that_were_not_for_longest_come_first() -> None:
    shown = machine(
        summary(WELL, of=sensor("Well")),
        summary([65.0] * 20 + [20.0] * 268, of=sensor("Briefly")),
        summary([65.0] * 287 + [20.0], of=sensor("Long")),
    )
    assert re.findall(r"(Well|Briefly|Long):", summary_texts(shown, EN, UTC)[0]) == ["Long", "Briefly", "Well"]
