"""A thousand payloads as no device should send them: each reading of each is stored once, or kept with its reason."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.database import SessionFactory
from core.diagnostics.ingest.blocks import Block, Reason
from core.diagnostics.ingest.intake import Delivery, Intake
from core.diagnostics.ingest.json_lines import read_json_lines
from core.diagnostics.ingest.lines import LineSplitter
from core.diagnostics.ingest.models import QuarantinedReading
from core.diagnostics.models import Reading
from gateway.payloads import MessageReader
from gateway.topics import TopicMap
from tests.fakes.clock import SettableClock
from tests.gateway.conftest import quarantined

COUNT = 1000
TOPICS = TopicMap({"plant/{machine}/{sensor}": "{machine}/{sensor}", "plant/{machine}": "{machine}/"})
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9)
anything = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=5), scalars, max_size=2)
times = st.sampled_from(["2026-03-02T11:00:00", 1.7e18, -1, "1970-01-01T00:00Z", "31.12.2026", "2027-01-01T00:00Z"])
names = st.sampled_from(["press/oil", "pressure", "press/\0", "press/pressure " * 30, "DROP TABLE"])
numbers = st.sampled_from(["1e999", "-inf", "0x10", "٣", 17.5, -5000, "17.5.2", "", True, [1]])
units = st.sampled_from(["bar", "МПа", "degC", "rpm**999999999", "()", "\ud800", "bar\0"])
qualities = st.sampled_from(["good", 192, "bad", 7])


def _mostly(right: object, *wrong: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.just(right), st.just(right), st.just(right), *wrong)


records = st.fixed_dictionaries(
    {"value": _mostly("17,5", numbers, anything), "time": _mostly("2026-03-02T11:00:00Z", times, anything)},
    optional={
        "sensor": _mostly("press/pressure", names, anything),
        "machine": _mostly("press", anything),
        "unit": _mostly("bar", units, anything),
        "quality": _mostly("good", qualities, anything),
        "values": st.dictionaries(names, numbers, max_size=3) | anything,
    },
)


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except (TypeError, ValueError):  # a lone surrogate
        return repr(value).encode(errors="replace")


whole = (records | st.lists(records, max_size=2) | anything).map(_json)
payloads = whole | st.tuples(whole, st.integers(1, 20)).map(lambda cut: cut[0][: -cut[1]]) | st.binary(max_size=80)


def _record(**changed: object) -> bytes:
    right = {"machine": "press", "sensor": "press/pressure", "time": "2026-03-02T11:30:00Z", "value": 1, "unit": "bar"}
    return _json(right | changed)


SURE = (
    _record(),
    _record(sensor="press/no"),
    _record(unit="furlongs"),
    _record(unit="degC"),
    _record(time="noon"),
    _record(time="2031-01-01T00:00Z"),
    _record(time=-1),
    _record(value="on"),
    _record(value="nan"),
    _record(value=-99),
    _record(quality="so-so"),
    b"{",
)
"""One that can be trusted, and one for each reason."""


@pytest.fixture(scope="module")
def malformed() -> list[bytes]:
    """Payloads that Hypothesis makes, and the sure ones."""
    made = list(SURE)

    @settings(max_examples=COUNT, database=None, derandomize=True)
    @given(payloads)
    def collect(payload: bytes) -> None:
        made.append(payload)

    collect()
    return made


async def _counts(sessions: SessionFactory) -> tuple[int, int]:
    async with sessions() as session:
        stored = await session.scalar(select(func.count()).select_from(Reading))
        refused = await session.scalar(select(func.count()).select_from(QuarantinedReading))
    return stored or 0, refused or 0


async def _take_twice(sessions: SessionFactory, clock: SettableClock, blocks: list[Block], source: str) -> set[bytes]:
    """Take the blocks in, check the books, take them in again; return the bytes in quarantine."""
    intake = Intake(sessions, clock)
    receipts = await intake.take_all([Delivery(source, block) for block in blocks])
    for block, receipt in zip(blocks, receipts, strict=True):
        assert receipt.accepted + receipt.refused.total() == len(block) >= 1
    assert 0 < sum(receipt.accepted for receipt in receipts) < sum(map(len, blocks))
    counts = await _counts(sessions)
    kept = await quarantined(sessions)
    assert {Reason(one.reason) for one in kept} == set(Reason)
    assert all(receipt.written == counts[0] for receipt in receipts)
    for block in blocks:
        await intake.take(source, block)
    assert await _counts(sessions) == counts
    raws = {one.raw for one in kept}
    assert all(set(receipt.examples.values()) <= raws for receipt in receipts)
    return raws


async def test_nothing_of_a_thousand_messages_vanishes(
    sessions: SessionFactory, clock: SettableClock, press: str, malformed: list[bytes]
) -> None:
    clock.now = NOW
    reader, blocks = MessageReader(TOPICS), []
    for number, payload in enumerate(malformed):
        reader.add(("plant/press/pressure", "plant/press", "plant/press/oil")[number % 3], payload, NOW)
        blocks.append(reader.block())
    assert len(blocks) >= COUNT
    raws = await _take_twice(sessions, clock, blocks, "mqtt:test")
    assert {raw.partition(b" ")[2] for raw in raws} <= set(malformed)


async def test_nothing_of_a_thousand_lines_vanishes(
    sessions: SessionFactory, clock: SettableClock, press: str, malformed: list[bytes]
) -> None:
    clock.now = NOW
    splitter = LineSplitter()
    lines = splitter.feed(b"\n".join(malformed)) + splitter.close()
    raws = await _take_twice(sessions, clock, [read_json_lines([line]) for line in lines], "http:test")
    assert raws <= set(lines)
