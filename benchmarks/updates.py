"""What the bot does with updates: how many a second, in how much memory, how soon, and whether SIGTERM loses any.

    python benchmarks/updates.py [--updates 100000] [--users 200] [--days 30] [--url postgresql://...] [--json]

A Valkey and a PostgreSQL (or a database on the server at --url) are started and seeded with the demonstration plant.
Raw updates go through the dispatcher as `bot/app.py` makes it, all middlewares included; requests to Telegram are
answered in this process. As many are under way at once as the poller admits.

- `ratio_to_bare`: updates a second of a command whose words are cached (`/help`) over those of an aiogram dispatcher
  with one handler that sends the same words, in turns of a second or so, the median of the turns' ratios. `ratio_cpu`
  is the same of this process's time on a processor, which is what to look at when others use the cores as well.
  `ratios` has all commands that were tried: `/language` makes a keyboard, `/nonsense` is none and so passes all
  handlers that might want it, `/systems` reads the database.
- `updates_per_s`: of `/help`.
- `rss_growth_mb`: how much larger the process is after --updates updates of --users people (commands, buttons, words
  for a conversation, readings of the machines) than after a tenth of them.
- `summary_p95_ms`: /summary of one of the three machines, a day, week or month, the picture included, from --users
  people who all wait for their answer before they ask again; `summary_quiet_p95_ms`: the same from one.
- `lost_on_sigterm`: updates that Telegram was told are taken and nobody answered, of the `accepted_on_sigterm` in
  rounds by webhook and by polling: the process `python -m bot`, SIGTERM while it is busy, see benchmarks/draining.py.
  `twice_on_sigterm`: answered twice, the next process's answers included.
"""

import argparse
import asyncio
import gc
import itertools
import json
import logging
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from aiogram import Bot, Dispatcher
from aiogram.types import Message

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.draining import drained
from benchmarks.feeding import Nowhere, message, tap
from benchmarks.plant import TOKEN, enrol, parts, people
from benchmarks.telling import tell
from bot.app import create_dispatcher, create_storage
from bot.console import Person
from bot.desk import AnswerDesk
from bot.i18n import text_for
from bot.metering import RequestMeter
from bot.middlewares.in_flight import InFlight
from bot.ownership import Ownership
from bot.views.start import help_page
from core.container import Container
from core.supervisor import Supervisor
from core.users.rights import OPERATOR
from demo.plant import MACHINES
from demo.seed import seed_plant

AT_ONCE = 100
CACHED = "/help"
COMMANDS = {CACHED: 600, "/language": 300, "/nonsense": 300, "/systems": 40}
"""What is compared, and how often in a turn; the bare dispatcher gets 1,200 updates."""
TURNS = 9
BARE = 1200
MIX = ("/help", "/language", "/nonsense", "/settings", "/systems")
PERIODS = ("24h", "7d", "30d")
SUMMARIES = 3
"""Of each person."""
Update = dict[str, Any]


@dataclass(slots=True)
class Fed:
    """A dispatcher with its bot."""

    dispatcher: Dispatcher
    bot: Bot
    session: Nowhere

    async def feed(self, updates: Iterable[Update]) -> None:
        """Handle them, AT_ONCE at a time."""
        waiting = iter(updates)

        async def handle() -> None:
            for update in waiting:
                await self.dispatcher.feed_raw_update(self.bot, update)

        await asyncio.gather(*(handle() for _ in range(AT_ONCE)))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=100_000, metavar="N")
    parser.add_argument("--users", type=int, default=200, metavar="N")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="of readings that the plant has")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="of SIGTERM, each by webhook and by polling")
    parser.add_argument("--url", help="a PostgreSQL server on which a database may be made")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(_measure(options))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    crowd = people(options.users)
    async with parts(options.url) as settings:
        async with Container.open(settings) as container:
            await enrol(container, crowd)
            tell("seeding the plant")
            await seed_plant(container.sessions, container.clock, tell, history=timedelta(days=options.days))
            await container.rollups.refresh()
            async with _product(container) as ours:
                figures = await _throughput(container, ours, crowd)
                figures |= await _memory(ours, crowd, options.updates)
                figures |= await _summaries(ours, crowd)
        return figures | await drained(settings, options.rounds, tell)


@asynccontextmanager
async def _product(container: Container) -> AsyncIterator[Fed]:
    """Put the dispatcher together as `bot/runner.py` does."""
    session, answers = Nowhere(), Supervisor()
    session.middleware(RequestMeter())
    session.middleware(Ownership(container.redis))
    bot = Bot(TOKEN, session=session)
    desk = AnswerDesk(bot, container.assistant, container.isolation, container.users, answers, edit_interval_s=1.2)
    storage = create_storage(container.settings)
    yield Fed(create_dispatcher(container, desk, storage, InFlight()), bot, session)
    await answers.drain(0)
    await storage.close()


def _bare(words: str) -> Fed:
    dispatcher = Dispatcher()

    async def answer(message: Message) -> None:
        await message.answer(words)

    dispatcher.message.register(answer)
    session = Nowhere()
    return Fed(dispatcher, Bot(TOKEN, session=session), session)


async def _throughput(container: Container, ours: Fed, crowd: list[Person]) -> dict[str, Any]:
    """Compare with a bare dispatcher, in turns."""
    actor = await container.users.find(crowd[0].id)
    bare = _bare(help_page(actor or OPERATOR, text_for("en")))
    numbers = itertools.count(1)
    await ours.feed(_all_say("/help", crowd, numbers, len(crowd)))
    walls: dict[str, list[float]] = {command: [] for command in COMMANDS}
    cpus: dict[str, list[float]] = {command: [] for command in COMMANDS}
    speeds: dict[str, list[float]] = {command: [] for command in COMMANDS}
    for turn in range(TURNS):
        for command, count in COMMANDS.items():
            wall, cpu = await _timed(bare, list(_all_say("/help", crowd, numbers, BARE)))
            our_wall, our_cpu = await _timed(ours, list(_all_say(command, crowd, numbers, count)))
            walls[command].append(our_wall / wall)
            cpus[command].append(our_cpu / cpu)
            speeds[command].append(our_wall)
        tell(f"turn {turn + 1}/{TURNS}: {', '.join(f'{c} {walls[c][-1]:.2f} ({cpus[c][-1]:.2f})' for c in COMMANDS)}")
    ratios = {command: round(float(np.median(walls[command])), 3) for command in COMMANDS}
    return {
        "ratio_to_bare": ratios[CACHED],
        "ratio_cpu": round(float(np.median(cpus[CACHED])), 3),
        "updates_per_s": round(float(np.median(speeds[CACHED]))),
        "ratios": ratios,
    }


async def _timed(fed: Fed, updates: list[Update]) -> tuple[float, float]:
    """Return updates a second, and updates a second of processor time."""
    sent, wall, cpu = fed.session.sent, time.perf_counter(), time.process_time()
    await fed.feed(updates)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if fed.session.sent - sent != len(updates):
        raise RuntimeError(f"{fed.session.sent - sent} answers to {len(updates)} updates")
    return len(updates) / wall, len(updates) / cpu


def _all_say(text: str, crowd: list[Person], numbers: Iterator[int], count: int) -> Iterator[Update]:
    return (message(number, crowd[number % len(crowd)], text) for number in itertools.islice(numbers, count))


async def _memory(ours: Fed, crowd: list[Person], count: int) -> dict[str, float]:
    """Feed a mix of everything that leaves something behind, and weigh the process before and after."""
    chance, numbers = random.Random(3), itertools.count(10_000_000)
    before, started = 0.0, time.perf_counter()
    for tenth in range(10):
        await ours.feed(_mixed(chance, crowd, next(numbers)) for _ in range(count // 10))
        gc.collect()
        size = _rss_mb()
        before = before or size
        tell(f"{(tenth + 1) * (count // 10):,} updates: {size:.1f} MB, {time.perf_counter() - started:.0f} s")
    return {"rss_growth_mb": round(size - before, 1), "rss_mb": round(size, 1), "updates": count}


def _mixed(chance: random.Random, crowd: list[Person], number: int) -> Update:
    person, kind = chance.choice(crowd), chance.random()
    if kind < 0.1:
        return tap(number, person, f"unheard-of:{number}")
    return message(number, person, chance.choices(MIX, (40, 20, 20, 15, 5))[0])


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _summaries(ours: Fed, crowd: list[Person]) -> dict[str, float]:
    """Have one person ask for summaries, then everybody at once."""
    numbers, chance = itertools.count(20_000_000), random.Random(5)
    wanted = [f"/summary {machine} {period}" for machine in MACHINES for period in PERIODS]
    times: list[float] = []

    async def ask(person: Person, asked: Iterable[str]) -> None:
        for text in asked:
            started = time.perf_counter()
            await ours.dispatcher.feed_raw_update(ours.bot, message(next(numbers), person, text))
            times.append((time.perf_counter() - started) * 1000)

    sent = ours.session.sent
    await ask(crowd[0], wanted * 2)
    quiet = float(np.percentile(times[len(wanted) :], 95))
    tell(f"summaries: p95 {quiet:.0f} ms for one")
    times.clear()
    await asyncio.gather(*(ask(person, chance.choices(wanted, k=SUMMARIES)) for person in crowd))
    busy = float(np.percentile(times, 95))
    if ours.session.sent - sent < len(times) + 2 * len(wanted):
        raise RuntimeError(f"not every summary was sent; the last message: {ours.session.last}")
    tell(f"summaries: p95 {busy:.0f} ms, median {np.median(times):.0f} ms for {len(crowd)}")
    return {
        "summary_p95_ms": round(busy, 1),
        "summary_p50_ms": round(float(np.median(times)), 1),
        "summary_quiet_p95_ms": round(quiet, 1),
        "users": len(crowd),
    }


if __name__ == "__main__":
    main()
