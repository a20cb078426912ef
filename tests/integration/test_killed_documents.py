"""A few rounds of `benchmarks/killed.py`, which does fifty when run by hand."""

from pathlib import Path

from benchmarks.killed import Place, measure


async def test_a_kill_in_an_upload_a_build_or_a_switch_costs_nothing(database_url: str, tmp_path: Path) -> None:
    outcome = await measure(Place(database_url, tmp_path, shared=False), 3, seed=20260102)
    assert (outcome.uploads, outcome.builds, outcome.switches) == (1, 1, 1)
    assert outcome.acknowledged > 0
    assert (outcome.broken, outcome.lost) == (0, 0)
