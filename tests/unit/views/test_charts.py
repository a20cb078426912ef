"""The picture: a PNG of phone width whatever the machine sends, with what must be seen in it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from matplotlib.image import imread

from bot.i18n import text_for
from bot.views.charts import render_summary
from core.diagnostics.summary import AlarmSpan, SystemSummary
from tests.unit.views.machines import NOW, machine, sensor, summary

RU, UTC = text_for("ru"), ZoneInfo("UTC")
AMBER, RED = (0xD9, 0x82, 0x00), (0xD3, 0x22, 0x2A)
HATCH = (0xF1, 0xF3, 0xF6)


def picture(shown: SystemSummary, zone: ZoneInfo = UTC) -> np.ndarray:
    """Return the picture's pixels, height x width x 3, 0 to 255."""
    pixels = imread(BytesIO(render_summary(shown, RU, zone)), format="png")
    return np.round(pixels[:, :, :3] * 255).astype(int)


def share(pixels: np.ndarray, colour: tuple[int, int, int]) -> float:
    """Return the share of pixels that have this very colour."""
    return float((pixels == colour).all(axis=2).mean())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_pictures_are_of_phone_width_and_not_too_long(count: int) -> None:
    height, width, _ = picture(machine(*(summary([20.0] * 288) for _ in range(count)))).shape
    assert width == 1080
    assert height <= 2 * width


def test_what_is_beyond_a_limit_is_coloured_and_what_is_not_is_not() -> None:
    well = picture(machine(summary([20.0] * 288, of=sensor(warning_high=None, critical_high=None))))
    warm = picture(machine(summary([70.0] * 288)))
    hot = picture(machine(summary([90.0] * 288)))
    assert share(warm, AMBER) > 2 * share(well, AMBER) + 0.001
    assert share(hot, RED) > 2 * share(warm, RED)


def test_a_gap_is_drawn_as_a_gap() -> None:
    whole = picture(machine(summary([20.0] * 288)))
    torn = picture(machine(summary([20.0] * 100 + [None] * 100 + [20.0] * 88)))
    silent = picture(machine(summary([])))
    assert share(whole, HATCH) < share(torn, HATCH) / 3
    assert share(torn, HATCH) < share(silent, HATCH)


def test_alarms_are_drawn_for_as_long_as_they_stood_and_the_shortest_can_be_seen() -> None:
    def reds(*lengths: timedelta | None) -> int:
        spans = tuple(
            AlarmSpan(begin, None if length is None else begin + length, critical=True)
            for begin, length in zip((NOW - timedelta(hours=h) for h in (20, 8)), lengths, strict=False)
        )
        quiet = summary([20.0] * 288, of=sensor(warning_high=None, critical_high=None))
        pixels = picture(machine(replace(quiet, alarms=spans)))
        return int((pixels == RED).all(axis=2)[: -pixels.shape[0] // 4].sum())  # without the legend

    moment, hour, two = timedelta(seconds=1), timedelta(hours=1), timedelta(hours=2)
    assert reds() == 0
    assert 0 < reds(moment) < reds(hour) < reds(two) < reds(two, None)


def test_an_alarm_of_the_whole_period_and_one_at_its_very_end_can_be_drawn() -> None:
    spans = (AlarmSpan(NOW - timedelta(days=9), None, critical=False), AlarmSpan(NOW, None, critical=True))
    assert share(picture(machine(replace(summary([20.0] * 288), alarms=spans))), AMBER) > 0.01


@pytest.mark.parametrize(
    ("hours", "zone"), [(1, "UTC"), (24, "Asia/Kolkata"), (720, "America/New_York"), (8784, "UTC")]
)
def test_every_period_can_be_drawn_in_every_zone(hours: int, zone: str) -> None:
    period = timedelta(hours=hours)
    shown = machine(summary([20.0, 30.0], period=period), period=period)
    assert picture(shown, ZoneInfo(zone)).std() > 5.0


@pytest.mark.parametrize("value", [0.0, -5.0, 1e-9, 1e9])
def test_constants_and_extremes_can_be_drawn(value: float) -> None:
    assert picture(machine(summary([value] * 288, of=sensor(warning_high=None, critical_high=None)))).shape[1] == 1080


def test_pictures_can_be_drawn_in_threads_and_are_the_same() -> None:
    shown = machine(summary([20.0] * 288), summary([70.0] * 288))
    alone = render_summary(shown, RU, UTC)
    with ThreadPoolExecutor(3) as pool:
        drawn = list(pool.map(lambda _: render_summary(shown, RU, UTC), range(3)))
    assert all(png == alone for png in drawn)
