"""What somebody else's lock stops is tried again, after pauses that differ, and not for ever."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from core.timescale.maintenance import patiently


class RefusedError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def refused(sqlstate: str) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, RefusedError(sqlstate))


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []

    async def sleep(seconds: float, *_: Any) -> None:
        taken.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return taken


@pytest.mark.parametrize("sqlstate", ["40P01", "55P03"])
async def test_a_deadlock_or_a_lock_in_the_way_is_tried_again(sqlstate: str, pauses: list[float]) -> None:
    tries: list[str] = []

    async def statement(argument: str) -> str:
        tries.append(argument)
        if len(tries) < 4:
            raise refused(sqlstate)
        return "done"

    assert await patiently(statement, "x") == "done"
    assert tries == ["x"] * 4
    assert len(set(pauses)) == 3  # jitter: two workers that met once don't meet again
    assert all(0 <= pause <= 5 for pause in pauses)


async def test_after_six_tries_it_is_given_up(pauses: list[float]) -> None:
    tries = 0

    async def statement() -> None:
        nonlocal tries
        tries += 1
        raise refused("40P01")

    with pytest.raises(DBAPIError):
        await patiently(statement)
    assert (tries, len(pauses)) == (6, 5)


async def test_any_other_refusal_is_not_tried_again(pauses: list[float]) -> None:
    async def statement() -> None:
        raise refused("42P01")

    with pytest.raises(DBAPIError):
        await patiently(statement)
    assert pauses == []
