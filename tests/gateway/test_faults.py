"""Gateway, database and broker end in the middle of everything: no reading is lost, none is doubled.

Seconds here; `benchmarks/ingest_faults.py` does it with a million readings.
"""

import pytest

from benchmarks.ingest_faults import measure
from tests.gateway.conftest import MOSQUITTO


@pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto (Debian's package of that name)")
async def test_every_reading_is_in_the_table_once_or_in_quarantine_with_its_reason() -> None:
    figures = await measure(20_000, 1)
    kills = {"gateway": 1, "database": 1, "broker": 1}
    assert figures["kills"] in (kills, kills | {"import": 1})  # so small a file may be through before
    assert (figures["lost"], figures["doubled"], figures["wrong"], figures["gateway_ended"]) == (0, 0, 0, 0)
    assert (figures["in_table"], figures["in_quarantine"]) == (19_960, 40)
