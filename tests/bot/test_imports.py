"""Readings sent as a file: tried out, confirmed, taken in; stopped half-way; nobody else's, nothing doubled."""

import asyncio
import gzip
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.console import ADMIN, ENGINEER
from core.diagnostics.ingest.intake import Delivery, Intake, Receipt
from core.diagnostics.models import Reading, Sensor, System
from tests.bot.conftest import Stage

HEADING = "machine;sensor;time;value;unit"


@pytest.fixture
async def rig(stage: Stage) -> Stage:
    """A stage with a sensor in bar."""
    async with stage.container.sessions.begin() as session:
        system = System(code="rig-9", names={"en": "Rig"}, kind="rig")
        session.add(Sensor(system=system, code="pressure", names={"en": "P"}, quantity="pressure", unit="bar"))
    return stage


def _file(minutes: int, *more: str) -> bytes:
    rows = [f"rig-9;pressure;2026-03-02 {n // 60:02}:{n % 60:02}:00;1{n % 7},5;бар" for n in range(minutes)]
    return "\n".join([HEADING, *rows, *more]).encode()


async def _count(stage: Stage) -> int:
    async with stage.container.sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(Reading)) or 0)


async def _turned(stage: Stage, sent: dict[str, Any], until: str) -> dict[str, Any]:
    return await stage.console.wait_for(ADMIN, lambda m: until in m["text"], after=sent["message_id"])


async def test_a_file_is_tried_out_confirmed_and_taken_in(rig: Stage) -> None:
    wrong = ("rig-9;pressure;2026-03-02 09:00:00;12;degC", "rig-9;pressure;2026-03-02 09:01:00;-;bar")
    sent = await rig.console.upload(ADMIN, "log*March*.csv", _file(200, *wrong))
    report = await _turned(rig, sent, "tried out")
    assert report["text"].splitlines()[0] == "log*March*.csv: tried out"
    assert "200 readings can be trusted" in report["text"]
    assert "From 2 Mar 2026 00:00 to 2 Mar 2026 03:19" in report["text"]
    assert "2 readings would go into quarantine:" in report["text"]
    assert "Unit of another quantity: 1, for example rig-9;pressure;2026-03-02 09:00:00;12;degC" in report["text"]
    assert await _count(rig) == 0
    await rig.press(report, "Take in", who=ADMIN)
    done = await _turned(rig, sent, "taken in")
    assert done["message_id"] == report["message_id"]
    assert "200 readings are in the table now, new or changed: 200" in done["text"]
    assert "2 readings went into /quarantine" in done["text"]
    assert await _count(rig) == 200


async def test_the_same_file_packed_doubles_nothing(rig: Stage) -> None:
    for expected in (60, 0):
        sent = await rig.console.upload(ADMIN, "log.CSV.gz", gzip.compress(_file(60)))
        await rig.press(await _turned(rig, sent, "tried out"), "Take in", who=ADMIN)
        assert f"new or changed: {expected}." in (await _turned(rig, sent, "taken in"))["text"]
    assert await _count(rig) == 60


async def test_a_file_can_be_left_alone(rig: Stage) -> None:
    sent = await rig.console.upload(ADMIN, "log.csv", _file(3))
    await rig.press(await _turned(rig, sent, "tried out"), "Don't", who=ADMIN)
    assert "reply_markup" not in await _turned(rig, sent, "left alone")
    assert await _count(rig) == 0


async def test_an_import_is_stopped_half_way_and_goes_on(rig: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, held = Intake.take_all, asyncio.Event()

    async def first_block_only(self: Intake, deliveries: Sequence[Delivery]) -> list[Receipt]:
        if await _count(rig) and not held.is_set():
            held.set()
            await asyncio.Event().wait()
        return await whole(self, deliveries)

    monkeypatch.setattr("core.diagnostics.ingest.files.BLOCK_ROWS", 101)  # with the heading
    monkeypatch.setattr(Intake, "take_all", first_block_only)
    sent = await rig.console.upload(ADMIN, "log.csv", _file(250))
    await rig.press(await _turned(rig, sent, "tried out"), "Take in", who=ADMIN)
    await held.wait()
    await rig.press(await _turned(rig, sent, "%, 100 readings"), "Stop", who=ADMIN)
    stopped = await _turned(rig, sent, "stopped")
    assert "100 readings are in the table already" in stopped["text"]
    await rig.press(stopped, "Take in", who=ADMIN)
    assert "new or changed: 150." in (await _turned(rig, sent, "taken in"))["text"]
    assert await _count(rig) == 250


async def test_a_file_that_names_no_columns_is_refused(rig: Stage) -> None:
    sent = await rig.console.upload(ADMIN, "log.csv", b"a;b;c\n1;2;3")
    assert "Missing here: sensor, time, value" in (await _turned(rig, sent, "not finished"))["text"]


async def test_readings_of_an_engineer_and_too_many_at_once_are_refused(rig: Stage) -> None:
    sent = await rig.console.upload(ENGINEER, "log.csv", _file(3))
    assert "нет на это прав" in (await rig.console.wait_for(ENGINEER, after=sent["message_id"]))["text"]
    large = await rig.console.upload(ADMIN, "log.csv", bytes(20 * 2**20 + 1))
    assert "at most 20 MB" in (await _turned(rig, large, "MB"))["text"]
    assert rig.console.calls("getFile") == []
