"""A crowd that looks at the same machine costs one picture, and nobody is shown another's, or an old one."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest

from bot import pictures
from bot.i18n import text_for
from bot.pictures import picture_of
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.summary import Bucket, LastReading, SensorStatus, SystemStatus, SystemSummary, summarise
from core.users.models import Units

END = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    drawing = Mock()
    drawing.side_effect = lambda *_: str(drawing.call_count).encode()
    monkeypatch.setattr(pictures, "render_summary", drawing)
    yield drawing
    pictures._kept.clear()


def _summary(value: float = 40.0, *, end: datetime = END) -> SystemSummary:
    sensor = Sensor(
        id=1, code="oil", names={"en": "Oil"}, quantity=Quantity.TEMPERATURE, unit="degC", stale_after_s=300
    )
    system = System(id=1, code="press", names={"en": "Press"}, kind="press")
    last = LastReading(END, value, timedelta())
    series = [Bucket(END - HOUR, 60, 0, value, value, value)]
    part = summarise(SensorStatus(sensor, last), series, end - HOUR, HOUR)
    return SystemSummary(SystemStatus(system, (part.status,)), end - HOUR, end, HOUR, (part,))


async def test_the_same_for_several_people_is_drawn_once(drawn: Mock) -> None:
    seen = await asyncio.gather(*(picture_of(_summary(), MOSCOW, text_for("ru")) for _ in range(5)))
    assert set(seen) == {b"1"}
    assert await picture_of(_summary(), MOSCOW, text_for("ru")) == b"1"


async def test_what_differs_is_drawn_anew(drawn: Mock) -> None:
    text = text_for("en")
    await picture_of(_summary(), MOSCOW, text)
    await picture_of(_summary(), MOSCOW, text_for("ru"))
    await picture_of(_summary(), MOSCOW, text_for("en", Units.IMPERIAL))
    await picture_of(_summary(), ZoneInfo("UTC"), text)
    await picture_of(_summary(41.0), MOSCOW, text)
    await picture_of(_summary(end=END + timedelta(minutes=1)), MOSCOW, text)
    limited = _summary()
    limited.sensors[0].status.sensor.warning_high = 60.0
    await picture_of(limited, MOSCOW, text)
    await picture_of(replace(_summary(), past=True), MOSCOW, text)
    assert drawn.call_count == 8


async def test_only_the_last_pictures_are_kept(drawn: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_MOST", 2)
    for value in (1.0, 2.0, 3.0, 1.0):
        await picture_of(_summary(value), MOSCOW, text_for("en"))
    assert drawn.call_count == 4
    assert len(pictures._kept) == 2
