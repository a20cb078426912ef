"""Random faults on a whole installation while people use it: what became of every request.

    python benchmarks/chaos.py [--minutes 10] [--seed 1] [--logs DIR] [--json]

An installation as in production: bot, gateway, watch, a worker per queue, each a process that is started again three
seconds after its end (as by deploy/systemd), a durable PostgreSQL and a Valkey behind relays that are the network,
a server that speaks Ollama's protocol, and the console as Telegram behind a door that can refuse. Six engineers ask,
read summaries and lists; two admins upload documents and files of readings; an instrument sends readings by HTTP,
each batch until it is acknowledged. Meanwhile, every 2 to 8 seconds (mostly only once bot and gateway are up again),
one of these befalls it, each as often as the others: SIGKILL of one of the processes, of PostgreSQL or of Valkey; an
orderly restart of either; all connections to both cut; for 8 to 20 seconds Ollama hanging, half of the Bot API's calls
refused with 429, with 500, or left without an answer (carried out or not), everything slow, or a disk full: that
of the home folder, or that of PostgreSQL and Valkey (root only: they are small tmpfs).

Each request is followed to its end, 300 seconds at most:

- `answered`: as on a quiet day;
- `degraded`: from quotes instead of the model, and said so;
- `failed_clearly`: a message says that it failed, and what to do;
- `lost`: none of these, or a document or readings said to be taken in that are not there in the end. Must be 0.
"""

import argparse
import asyncio
import json
import logging
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import asyncpg
import numpy as np
import structlog

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.chaos_people import PEOPLE, End, Ledger, Somebody, instrument
from benchmarks.chaos_plant import Plant, copy_logs, installation
from benchmarks.lessons import read_lines
from benchmarks.telling import tell
from core.supervisor import Supervisor

QUESTIONS = Path(__file__).resolve().parents[1] / "tests" / "evals" / "handbook.en.jsonl"
_GAP_S = (2.0, 8.0)
_LONGEST_FAULT_S = 60.0
_SETTLE_S = 300.0
_WHILE_WELL = 0.7
"""Share of faults that wait until bot and gateway are up again after the ones before."""
_STORED = (
    "SELECT y.code || '/' || s.code, d.time, d.value FROM sensor_data d JOIN sensors s ON s.id = d.sensor_id "
    "JOIN systems y ON y.id = s.system_id"
)
_INDEXED = "SELECT d.name FROM documents d WHERE d.state = 'indexed'"


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--deadline", type=float, default=300, metavar="S", help="seconds after which a request is lost"
    )
    parser.add_argument("--logs", type=Path, metavar="DIR", help="keep the processes' logs there")
    parser.add_argument("--only", default="", metavar="WORDS", help="only faults whose names contain this")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asyncio's own way to end: whatever was started, ends
    figures = asyncio.run(measure(options))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:16} {value}")
    print(json.dumps(figures))


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Let people and faults loose; return what came of it."""
    chance, ledger = random.Random(options.seed), Ledger(options.deadline)
    questions = [str(entry["question"]) for entry in read_lines(QUESTIONS)]
    with tempfile.TemporaryDirectory(prefix="hydrodiag-chaos-", dir="/var/tmp") as folder:
        try:
            async with installation(Path(folder), PEOPLE, questions, chance) as plant:
                started = time.monotonic()
                await _live(plant, ledger, questions, options)
                missing = await _missing(plant, ledger)
                length = {
                    "minutes": options.minutes,
                    "seed": options.seed,
                    "seconds": round(time.monotonic() - started),
                }
                return _figures(plant, ledger, missing) | length
        finally:
            if options.logs is not None:
                copy_logs(Path(folder), options.logs)


async def _live(plant: Plant, ledger: Ledger, questions: list[str], options: argparse.Namespace) -> None:
    until = asyncio.get_running_loop().time() + 60 * options.minutes
    people = [Somebody(plant, person, ledger, questions, options.seed + person.id) for person in PEOPLE]
    async with asyncio.TaskGroup() as group:
        group.create_task(instrument(plant, ledger, until))
        group.create_task(_break(plant, ledger, until, options.only))
        for somebody in people:
            group.create_task(somebody.live(until))


async def _break(plant: Plant, ledger: Ledger, until: float, only: str) -> None:
    """Do one fault after the other, those that last beside the next ones; mend everything at the end."""
    loop, windows = asyncio.get_running_loop(), Supervisor()
    known = {name: fault for name, fault in plant.faults().items() if only in name}
    deck: list[str] = []
    while known:
        if plant.chance.random() < _WHILE_WELL:  # or a slow machine would see nothing but a bot that is starting
            await plant.until_ready(until)
        await asyncio.sleep(min(plant.chance.uniform(*_GAP_S), max(until - loop.time(), 0)))
        if loop.time() >= until:
            break
        if not deck:
            deck = sorted(known)
            plant.chance.shuffle(deck)
        name = deck.pop()
        if windows.running(name):
            continue
        tell(f"{until - loop.time():5.0f} s left, {dict(_totals(ledger))}: {name}")
        windows.start(known[name](), name=name, key=name)
        plant.done[name] += 1
    await windows.drain(_LONGEST_FAULT_S)
    for store in (plant.postgres, plant.valkey):
        await store.ensure()
    tell("no more faults")


def _totals(ledger: Ledger) -> Counter[str]:
    return Counter({end.value: ledger.total(end) for end in End})


async def _missing(plant: Plant, ledger: Ledger) -> dict[str, int]:
    """Look, until nothing is missing or patience ends, for what was said to be taken in."""
    end = time.monotonic() + _SETTLE_S
    while True:
        connection = await asyncpg.connect(plant.database)
        stored = {(code, at): value for code, at, value in await connection.fetch(_STORED)}
        indexed = {name for (name,) in await connection.fetch(_INDEXED)}
        await connection.close()
        readings = [key for key, value in ledger.readings.items() if stored.get(key) != value]
        documents = [name for name in ledger.documents if name not in indexed]
        if not (readings or documents) or time.monotonic() > end:
            break
        tell(f"missing: {len(readings)} readings, {documents[:3]}")
        await asyncio.sleep(5)
    return {"readings": len(readings), "documents": len(documents)}


def _figures(plant: Plant, ledger: Ledger, missing: dict[str, int]) -> dict[str, object]:
    kinds = sorted({kind for kind, _ in ledger.ends})
    return {
        "answered": ledger.total(End.ANSWERED),
        "degraded": ledger.total(End.DEGRADED),
        "failed_clearly": ledger.total(End.FAILED),
        "lost": ledger.total(End.LOST) + sum(missing.values()),
        "missing": missing,
        "kinds": {kind: {end.value: ledger.ends[kind, end] for end in End if ledger.ends[kind, end]} for kind in kinds},
        "readings_acknowledged": len(ledger.readings),
        "documents": len(ledger.documents),
        "p50_s": round(float(np.percentile(ledger.took, 50)), 1),
        "p95_s": round(float(np.percentile(ledger.took, 95)), 1),
        "longest_s": round(max(ledger.took), 1),
        "ended_by_itself": {unit.name: unit.ended for unit in plant.units if unit.ended},
        "faults": dict(sorted(plant.done.items())),
        "calls_refused": plant.door.done,
        "skipped": [] if plant.small_disk else ["full disk: only root can mount a small one"],
    }


if __name__ == "__main__":
    main()
