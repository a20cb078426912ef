"""Topics and payloads name sensors, values and units; whatever comes is read or kept."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diagnostics.ingest.blocks import Block
from gateway.payloads import MessageReader
from gateway.topics import Named, TopicMap, check_templates

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOPICS = TopicMap(
    {
        "line4/+/p1": "press/pressure MPa",
        "plant/{machine}/{sensor}": "{machine}/{sensor}",
        "plant/{machine}": "{machine}/",
        "gw/#": "",
    }
)


def read(topic: str, payload: bytes) -> Block:
    reader = MessageReader(TOPICS)
    reader.add(topic, payload, NOW)
    return reader.block()


def test_templates_are_subscribed_to_and_matched() -> None:
    assert TOPICS.filters == ("line4/+/p1", "plant/+/+", "plant/+", "gw/#")
    assert TOPICS.named("line4/7/p1") == Named("press/pressure", "MPa")
    assert TOPICS.named("plant/press/oil") == Named("press/oil", "")
    assert TOPICS.named("gw/a/b") == TOPICS.named("elsewhere") == Named("", "")


def test_a_template_can_only_use_what_its_topic_has() -> None:
    check_templates({"plant/{machine}": "{machine}/oil"})
    with pytest.raises(ValueError, match="sensor"):
        check_templates({"plant/{machine}": "{machine}/{sensor}"})


@pytest.mark.parametrize(
    ("topic", "payload", "row"),
    [
        ("plant/press/oil", b"48.5", ("press/oil", NOW, "48.5", "")),
        ("plant/press/oil", " 119,3 °F\n".encode(), ("press/oil", NOW, "119,3", "°F")),
        ("plant/press/oil", b"-1.5e1degC", ("press/oil", NOW, "-1.5e1", "degC")),
        ("plant/press/oil", b"nan", ("press/oil", NOW, "nan", "")),
        ("line4/7/p1", b"18", ("press/pressure", NOW, "18", "MPa")),
        ("line4/7/p1", b"180 bar", ("press/pressure", NOW, "180", "bar")),
        ("line4/7/p1", b'{"value": 18, "ts": 1}', ("press/pressure", 1, 18, "MPa")),
        ("plant/press/oil", b'{"value": 48.5, "time": "t", "unit": "K"}', ("press/oil", "t", 48.5, "K")),
        ("plant/press", b'{"ts": 5, "values": {"oil": 48}}', ("press/oil", 5, 48, "")),
        ("gw/1", b' [{"sensor": "press/oil", "value": 1}]', ("press/oil", NOW, 1, "")),
    ],
)
def test_payloads_are_read(topic: str, payload: bytes, row: tuple[object, ...]) -> None:
    block = read(topic, payload)
    assert list(zip(block.sensors, block.times, block.values, block.units, strict=True)) == [row]
    assert block.raws == (topic.encode() + b" " + payload,)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("plant/press/oil", b""),
        ("gw/1", b"5"),
        ("gw/1", b"[]"),
        ("gw/1", b'{"value": 1}'),
        ("plant/press/oil", b"\xff"),
    ],
)
def test_what_is_no_reading_is_kept(topic: str, payload: bytes) -> None:
    block = read(topic, payload)
    assert [one.raw for one in block.refused] == [topic.encode() + b" " + payload]
    assert not block.sensors


@given(st.binary(max_size=60), st.sampled_from(["plant/press/oil", "plant/press", "gw/1", "line4/7/p1"]))
def test_no_payload_vanishes(payload: bytes, topic: str) -> None:
    assert len(read(topic, payload)) >= 1
