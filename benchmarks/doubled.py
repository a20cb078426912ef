"""Two bots behind a balancer and every other process twice: no double answer, no double alert, no double job.

    python benchmarks/doubled.py [--url postgresql://...] [--json]

Two processes `python -m bot` take updates by webhook; two workers of each of the three queues and two watches work for
the same PostgreSQL and Valkey. The balancer brings every update to both bots at once. People send commands, machines
pass their limits, and every job is asked for twice at the same moment.

- `answers`, `answers_doubled`, `answers_lost`: to the messages that people sent;
- `alerts`, `alerts_doubled`, `alerts_lost`: one for each machine and person;
- `jobs`, `jobs_doubled`, `jobs_lost`: ends of jobs in the workers' logs, by job id, against what the queue took: a
  job that waits or runs is not taken again.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.balancer import Balancer
from benchmarks.plant import TOKEN, enrol, parts, people
from benchmarks.processes import environment, free_port, process
from benchmarks.telling import tell
from bot.console import Console, Person
from bot.i18n import text_for
from core.container import Container
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.models import Quantity, Sensor, System
from core.jobs import PRUNE_OUTBOX, REBUILD_INDEX, RESUME_OPERATIONS, Job, Queue
from core.settings import Settings

PATIENCE_S = 900
SETTLE_S = 15
"""What is to come twice has come by then."""
WRITERS, EACH = 12, 15
READERS, MACHINES = 4, 5
JOBS: dict[Job, int] = {PRUNE_OUTBOX: 60, RESUME_OPERATIONS: 60, REBUILD_INDEX: 10}
SECRET = "secret_of_the_benchmark"
CRITICAL = 80.0


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a PostgreSQL server on which a database may be made")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(_measure(options.url))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def _measure(url: str | None) -> dict[str, int]:
    crowd = people(WRITERS + READERS)
    console = Console(TOKEN, people=crowd)
    async with parts(url) as settings, Container.open(settings) as container:
        await enrol(container, crowd)
        machines = await _machines(container)
        await console.start()
        try:
            async with AsyncExitStack() as stack:
                await _start(stack, settings, console)
                figures = await _answers(console, crowd[:WRITERS])
                figures |= await _alerts(container, console, crowd[WRITERS:], machines)
                figures |= await _jobs(container, settings)
        finally:
            await console.stop()
    return figures


async def _start(stack: AsyncExitStack, settings: Settings, console: Console) -> None:
    """Start all processes twice, and wait for both bots."""
    ports = [free_port(), free_port()]
    balancer = Balancer(ports)
    balancer.doubled = True
    await stack.enter_async_context(balancer.serving())
    for port in ports:
        env = environment(
            settings,
            BOT__API_URL=console.url,
            BOT__MODE="webhook",
            BOT__WEBHOOK_URL=f"http://127.0.0.1:{balancer.port}/telegram",
            BOT__WEBHOOK_SECRET=SECRET,
            BOT__HEALTH_PORT=str(port),
            LOG__FORMAT="json",
        )
        await stack.enter_async_context(process("bot", env=env))
        await stack.enter_async_context(process("workers.watch", env=env))
        for queue in Queue:
            await stack.enter_async_context(process("workers", queue.value, env=env))
    async with asyncio.timeout(PATIENCE_S):
        while not all([await balancer.ready(port) for port in ports]):
            await asyncio.sleep(0.5)
    tell("both bots are ready")


async def _answers(console: Console, writers: Sequence[Person]) -> dict[str, int]:
    """Have everybody send the same command again and again; its answer has words of its own."""
    for _ in range(EACH):
        for person in writers:
            await console.say(person.id, "/language")

    def answered() -> Counter[int]:
        return Counter(
            {
                p.id: sum(
                    m.get("text") == text_for(p.language_code)("start-choose-language") for m in _sent(console, p)
                )
                for p in writers
            }
        )

    await console.wait_until(lambda: answered().total() >= EACH * len(writers), timeout=PATIENCE_S)
    await asyncio.sleep(SETTLE_S)
    wanted, got = Counter({person.id: EACH for person in writers}), answered()
    tell(f"{got.total()} answers to {wanted.total()} messages")
    return {
        "answers": got.total(),
        "answers_doubled": (got - wanted).total(),
        "answers_lost": (wanted - got).total(),
    }


async def _alerts(
    container: Container, console: Console, readers: Sequence[Person], machines: dict[str, int]
) -> dict[str, int]:
    """Let all machines pass their limit until everybody heard of each; a first look is a picture, and no alert."""

    def heard() -> Counter[tuple[int, str]]:
        texts = {person.id: [m.get("text", "") for m in _sent(console, person)] for person in readers}
        return Counter({(p, m): sum(m in text for text in texts[p]) for p in texts for m in machines})

    wanted = Counter({(person.id, machine): 1 for person in readers for machine in machines})
    async with asyncio.timeout(PATIENCE_S):
        while wanted - heard():
            await _overheat(container, machines.values())
            await asyncio.sleep(1)
    await asyncio.sleep(SETTLE_S)
    got = heard()
    tell(f"{got.total()} alerts of {len(machines)} machines to {len(readers)} people")
    return {"alerts": got.total(), "alerts_doubled": (got - wanted).total(), "alerts_lost": (wanted - got).total()}


async def _overheat(container: Container, sensors: Iterable[int]) -> None:
    now = container.clock()
    async with container.sessions.begin() as session:
        await write_readings(session, [NewReading(one, now - timedelta(seconds=1), CRITICAL + 15) for one in sensors])


async def _jobs(container: Container, settings: Settings) -> dict[str, int]:
    """Ask for each job twice at once, and read in the workers' logs how often it was done."""
    asked = [(job, f"{job.function}-{n}") for job, count in JOBS.items() for n in range(count)] * 2
    taken = await asyncio.gather(*(container.queue.enqueue(job, job_id=name) for job, name in asked))
    wanted = Counter(name for name in taken if name is not None)  # one that had ended already is asked for anew
    log = settings.hydrodiag_home / "logs" / "workers.log"
    async with asyncio.timeout(PATIENCE_S):
        while wanted - _done(log, wanted):
            await asyncio.sleep(1)
    await asyncio.sleep(SETTLE_S)
    got = _done(log, wanted)
    tell(f"{got.total()} jobs done of {wanted.total()}")
    return {"jobs": got.total(), "jobs_doubled": (got - wanted).total(), "jobs_lost": (wanted - got).total()}


def _done(log: Path, wanted: Counter[str]) -> Counter[str]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    ended = (line.get("job_id") for line in lines if line.get("event") == "job done")
    return Counter(name for name in ended if name in wanted)


def _sent(console: Console, person: Person) -> list[dict[str, Any]]:
    return [message for message in console.messages(person.id) if message["from"]["is_bot"]]


async def _machines(container: Container) -> dict[str, int]:
    """Make machines with one sensor each; return the sensors' ids by the machines' names."""
    names = [f"Press X-{number}" for number in range(MACHINES)]
    systems = [System(code=name.replace(" ", "-"), names={"en": name, "ru": name}, kind="press") for name in names]
    for system in systems:
        oil = {"en": "Oil", "ru": "Масло"}
        limits = {"warning_high": CRITICAL - 15, "critical_high": CRITICAL, "sampling_s": 1.0}
        system.sensors = [Sensor(code="oil", names=oil, quantity=Quantity.TEMPERATURE, unit="degC", **limits)]
    async with container.sessions.begin() as session:
        session.add_all(systems)
        await session.flush()
        return {name: system.sensors[0].id for name, system in zip(names, systems, strict=True)}


if __name__ == "__main__":
    main()
