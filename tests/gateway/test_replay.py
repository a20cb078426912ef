"""A recorded machine comes in the same by MQTT as from a file, and its summaries are equal."""

import math
from pathlib import Path

import pytest

from benchmarks.replay import compare, read_skab, read_uci
from tests.databases import Databases
from tests.gateway.conftest import MOSQUITTO

CYCLES = 5


def _cycle(sensor: int, cycle: int) -> str:
    return "\t".join(f"{100 + sensor + math.sin(second * (cycle + 1)):.3f}" for second in range(60))


@pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto (Debian's package of that name)")
async def test_tables_and_summaries_are_identical(
    tmp_path: Path, database_url: str, databases: Databases, migrated_template: str
) -> None:
    for number, name in enumerate(("PS1", "FS1", "TS1", "VS1", "SE")):
        rows = [_cycle(number, cycle) for cycle in range(CYCLES)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(rows) + "\n")
    (tmp_path / "profile.tsv").write_text("3\t100\t0\t130\t1\n" * CYCLES)
    skab = tmp_path / "valve.csv"
    lines = (f"2020-03-09 10:{n // 60:02}:{n % 60:02};0.{n:03};{20 + n / 7!r};-0.5;0.0;0.0" for n in range(600))
    heading = "datetime;Accelerometer1RMS;Temperature;Pressure;anomaly;changepoint"
    skab.write_text("\n".join([heading, *lines]) + "\n")
    other = await databases.create(migrated_template)
    try:
        figures = await compare([read_uci(tmp_path), read_skab(skab)], database_url, databases.url(other))
    finally:
        await databases.drop(other)
    rows_sent = 5 * CYCLES * 60 + 3 * 600
    assert figures == {
        "rows": rows_sent,
        "sent": rows_sent,
        "tables_differ": 0,
        "summaries": 6,
        "summaries_differ": 0,
    }
