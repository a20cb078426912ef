"""Requests for readings are told from questions: only what is understood to the last word is a request."""

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from core.diagnostics.models import Component, Sensor, System
from core.diagnostics.requests import read_request
from demo.plant import MACHINES

NOW = datetime(2026, 11, 25, 18, 30, tzinfo=UTC)
DAY = timedelta(days=1)
_ids = count(1)


def machines() -> list[System]:
    systems = []
    for spec in MACHINES.values():
        system = System(id=next(_ids), code=spec.code, names=spec.names, kind=spec.kind)
        parts = {part.code: Component(id=next(_ids), code=part.code, names=part.names) for part in spec.components}
        system.sensors = [
            Sensor(
                id=next(_ids), code=s.code, names=s.names, quantity=s.quantity.value, component=parts[s.component]
            )
            for s in spec.sensors
        ]  # fmt: skip
        systems.append(system)
    return systems


SYSTEMS = machines()


@pytest.mark.parametrize(
    ("sentence", "machine", "sensors", "length"),
    [
        ("давление пресса за сутки", "press-2", ["pressure", "accumulator-pressure", "filter-dp"], DAY),
        ("press 2 temperature over the last 3 days", "press-2", ["oil-temperature"], 3 * DAY),
        ("покажи температуру масла на прессе 2", "press-2", ["oil-temperature"], DAY),
        ("сводка по экскаватору за неделю", "excavator-1", [], 7 * DAY),
        ("what was the vibration of the power unit HPU-7 yesterday?", "hpu-7", ["vibration"], DAY),
        ("how is press 2?", "press-2", [], DAY),
        ("Как там пресс П-200?", "press-2", [], DAY),
        ("press pressure over the last 3 hours", "press-2", ["pressure", "accumulator-pressure", "filter-dp"], DAY / 8),
        ("excavator vibration yesterday", "excavator-1", ["vibration"], DAY),
        ("П-200 за 3 часа", "press-2", [], timedelta(hours=3)),
    ],
)
def test_a_request_names_machine_sensors_and_time(
    sentence: str, machine: str, sensors: list[str], length: timedelta
) -> None:
    request = read_request(sentence, SYSTEMS, NOW, ZoneInfo("Europe/Moscow"))
    assert request is not None
    assert request.system.code == machine
    assert [sensor.code for sensor in request.sensors] == sensors
    assert request.window.length == length


@pytest.mark.parametrize(
    "sentence",
    [
        "почему давление пресса падает за сутки?",
        "Какое давление у пресса 2?",
        "What pressure should press 2 have?",
        "How do I bleed the press since yesterday?",
        "что делать, если давление пресса упало за сутки",
        "норма давления пресса за смену",
        "press 2",
        "график",
        "pressure yesterday",
        "press 2 and the excavator EX-35 yesterday",
        "press 2 temperature since 31 February",
        "press the button since yesterday",
        "привет",
    ],
)
def test_a_question_is_no_request(sentence: str) -> None:
    assert read_request(sentence, SYSTEMS, NOW, ZoneInfo("UTC")) is None


def test_a_request_without_a_machine_is_about_the_one_talked_about() -> None:
    request = read_request("температура за неделю", SYSTEMS, NOW, ZoneInfo("UTC"), about=SYSTEMS[0])
    assert request is not None
    assert request.system is SYSTEMS[0]
    assert read_request("почему растёт температура за неделю", SYSTEMS, NOW, ZoneInfo("UTC"), about=SYSTEMS[0]) is None
