"""Alarms while everything fails: none is lost, none is told twice, and who is to be called next is called.

    python benchmarks/alert_soak.py [--rounds 100] [--seed 1] [--json]

The whole installation runs (benchmarks/alert_stage.py). In each round, once watch and bot are at work, the sensor of
another machine crosses its limit, and within three seconds of that something happens: SIGKILL to the bot, to the watch
or to a worker, everything in Valkey deleted, PostgreSQL restarted, or the clock of bot and watch set by up to 50 s,
forward or back. Nobody acknowledges, so an escalation chain calls a second person after six seconds, and a third after
six more.

At the end, by what the Bot API accepted: each of the three got one message about each machine, or one that tells of
several that had to wait.

- `lost`: messages that did not come; `doubled`: that came more than once, each time over the first;
- `rounds`, and how often each fault happened.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import structlog
from sqlalchemy import select

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.alert_stage import LIMIT, Stage, staged
from benchmarks.telling import tell
from bot.console import Person
from core.database import DATABASE_FAULTS
from core.diagnostics.alerts.models import AlarmGroup, AlarmMessage, EscalationChain
from core.diagnostics.models import System
from core.leadership import Post, holder_query

READER, SECOND, THIRD = (Person(2001 + n, f"Reader {n}", "", f"reader{n}", "en", "engineer") for n in range(3))
WAIT_MIN = 0.1
WITHIN_S, PAUSE_S = 3.0, 3.0
FARTHEST_S = 50
"""Readings from more than a minute ahead wait until it is their time, as they should; that is not measured here."""
PATIENCE_S = 240
"""After the last round. A message whose sender met a fault is tried again after five seconds, ten, twenty..."""


class Faults:
    """What can happen, by name."""

    def __init__(self, stage: Stage, clock: Path, chance: random.Random) -> None:
        self._stage = stage
        self._clock = clock
        self._chance = chance
        self.kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "bot_killed": lambda: self._kill("bot"),
            "watch_killed": lambda: self._kill("watch"),
            "worker_killed": lambda: self._kill(chance.choice([n for n in stage.children if n.startswith("worker")])),
            "valkey_flushed": self._flush,
            "database_restarted": self._restart,
            "clock_stepped": self._step,
        }

    async def _kill(self, name: str) -> None:
        process = self._stage.children[name].process
        if process is not None and process.returncode is None:
            process.kill()

    async def _flush(self) -> None:
        await self._stage.container.redis.flushall()

    async def _restart(self) -> None:
        await self._stage.postgres.stop()
        await self._stage.postgres.start()

    async def _step(self) -> None:
        _set(self._clock, self._chance.randint(-FARTHEST_S, FARTHEST_S))


def _set(clock: Path, seconds: int) -> None:
    """Replace the file at once: who reads it must not find it empty."""
    fresh = clock.with_suffix(".new")
    fresh.write_text(str(seconds))
    fresh.replace(clock)


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(_soak(options.rounds, options.seed))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def _soak(rounds: int, seed: int) -> dict[str, int]:
    with tempfile.TemporaryDirectory(prefix="hydrodiag-clock-") as folder:
        clock = Path(folder) / "offset"
        _set(clock, 0)
        stepped = {
            name: ("benchmarks.stepped_clock", module, str(clock))
            for name, module in (("bot", "bot.__main__"), ("watch", "workers.watch"))
        }
        async with staged([READER, SECOND, THIRD], programs=stepped) as stage:
            await _set_up(stage)
            sensors = await stage.build("Rig", rounds, 1, ["main"])
            await asyncio.sleep(20)  # the watch takes new machines in within fifteen seconds
            happened = await _rounds(stage, sensors, Faults(stage, clock, random.Random(seed)), random.Random(seed))
            deadline = time.monotonic() + PATIENCE_S
            while 3 * rounds > len(await _all_told(stage)) and time.monotonic() < deadline:
                await asyncio.sleep(1)
            await asyncio.sleep(10)  # for what should not come any more
            told = _told(stage)
            return {
                "lost": 3 * rounds - len(await _all_told(stage)),
                "doubled": sum(count - 1 for count in told.values()),
                "messages": len(told),
                "rounds": rounds,
                **happened,
            }


async def _rounds(stage: Stage, sensors: list[str], faults: Faults, chance: random.Random) -> Counter[str]:
    """Raise the alarms, and let something happen to each; return how often what did."""
    happened, names = Counter[str](), list(faults.kinds)
    for number, sensor in enumerate(sensors):
        await _until_manned(stage)
        name = names[number % len(names)]
        await _cross(stage, sensor)
        await asyncio.sleep(chance.uniform(0, WITHIN_S))
        await faults.kinds[name]()
        happened[name] += 1
        tell(f"{number + 1}/{len(sensors)} {name}: {_missing(stage, number + 1)} to come or told together")
        await asyncio.sleep(chance.uniform(0, PAUSE_S))
    return happened


async def _until_manned(stage: Stage) -> None:
    """Wait until watch and delivery are at their posts again: what is not there can't be hit."""
    for post in (Post.WATCH, Post.DELIVERY):
        while not await _manned(stage, post):
            await asyncio.sleep(0.2)


async def _manned(stage: Stage, post: Post) -> bool:
    try:
        async with stage.container.engine.connect() as connection:
            return bool(await connection.scalar(holder_query(post)))
    except DATABASE_FAULTS:
        return False


async def _set_up(stage: Stage) -> None:
    """One hears of everything; the other two are called, one after the other."""
    await stage.listen(SECOND.id, [], wanted=False)
    await stage.listen(THIRD.id, [], wanted=False)
    steps = [{"wait_min": WAIT_MIN, "call": str(person.id)} for person in (SECOND, THIRD)]
    async with stage.container.sessions.begin() as session:
        session.add(EscalationChain(matcher={}, steps=steps))


async def _cross(stage: Stage, sensor: str) -> None:
    """Send three readings over the limit, again until they are committed, as every source must."""
    now = time.time()
    moments = [datetime.fromtimestamp(now - age, UTC).isoformat() for age in (2, 1, 0)]
    while True:
        try:
            await stage.post([(sensor, at, LIMIT + 30) for at in moments])
        except httpx.HTTPError:
            await asyncio.sleep(0.5)
        else:
            return


def _told(stage: Stage) -> Counter[tuple[int, str]]:
    """Count, by chat and machine, the messages that were accepted."""
    return Counter((one.chat_id, one.machine) for one in stage.receiver.arrivals if one.machine)


async def _all_told(stage: Stage) -> set[tuple[int, str]]:
    """Return, by chat and machine, who was told of what, also by a message that tells of several machines."""
    query = (
        select(AlarmMessage.chat_id, System.names["en"].astext)
        .join(AlarmGroup, AlarmGroup.id == AlarmMessage.group_id)
        .join(System, System.id == AlarmGroup.system_id)
        .where(AlarmMessage.shared)
    )
    async with stage.container.sessions() as session:
        return {(chat_id, name) for chat_id, name in await session.execute(query)} | set(_told(stage))


def _missing(stage: Stage, rounds: int) -> int:
    return 3 * rounds - len(_told(stage))


if __name__ == "__main__":
    main()
