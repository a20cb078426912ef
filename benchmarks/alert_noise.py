"""Whether people are told of each fault once, and of nothing else: a week of the demonstration plant.

    python benchmarks/alert_noise.py [--seed 1] [--json]

Three machines, thirty faults of ten kinds, three of each, one after the other on a machine, hours apart: when, how
fast they grow and how long they last, and which sensor is hit, is drawn by the seed, and so is the week of the year.
The plant starts and stops, changes its load, and loses readings all the while: three of a hundred singly, and each
sensor now and then for some minutes. Nothing is labelled; the watch learns from the two weeks before and again each
day, with the product's own settings. PostgreSQL is embedded; the clock is simulated, a round of the watch a minute.

What counts is what an engineer who hears of all machines has in the outbox with a sound. A fault is alarmed when
there is news (a new message, or one that another alarm joined) between its beginning and an hour after its end.

- `recall`: share of the faults that were alarmed; `once`: share of those with exactly one piece of news;
- `precision`: share of the news that came while a fault was there;
- `median_delay_s`: from a fault's beginning, when it is nothing yet, to the first news of it;
- `pings_per_fault`: all sounds, with what got worse and reminders (nobody acknowledges here), by faults.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np
import structlog
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.noise_week import Week
from benchmarks.telling import tell
from core.database import SessionFactory, create_engine, create_session_factory
from core.diagnostics.alerts.models import AlarmGroup
from core.diagnostics.alerts.wiring import create_alerting
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.ingest.feed import ReadingFeed
from core.diagnostics.models import Sensor, System
from core.diagnostics.rollups.marking import mark_everything
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.watch import Watch
from core.embedded import EmbeddedPostgres
from core.outbox import Notice, Outbox, OutboxMessage
from core.users.models import Role
from core.users.rights import OPERATOR
from core.users.service import UserService
from demo.seed import add_machines
from demo.simulator.faults import Fault
from migrations.runner import upgrade

MINUTE = timedelta(minutes=1)
AFTERMATH = timedelta(hours=1)
LISTENER = 100
NEWS = frozenset({"first", "joined"})


@dataclass(frozen=True, slots=True)
class Ping:
    """A message with a sound: when, about which machine, and why."""

    at: datetime
    machine: str
    reason: str


class Clock:
    """The simulation's time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def simulate(week: Week, folder: Path) -> list[Ping]:
    """Let the week pass; return what people heard."""
    server = EmbeddedPostgres(folder / "pg", options={"fsync": "off", "synchronous_commit": "off"})
    try:
        url = await server.start()
        await upgrade(url)
        engine = create_engine(url)
        try:
            return await _live(week, engine)
        finally:
            await engine.dispose()
    finally:
        await server.stop()


async def _live(week: Week, engine: AsyncEngine) -> list[Ping]:
    sessions, clock, zone = create_session_factory(engine), Clock(week.begins), week.zone
    outbox = Outbox(sessions, clock)
    await UserService(sessions, clock, outbox).enrol(OPERATOR, LISTENER, Role.ENGINEER, name="Anna", language="en")
    async with sessions.begin() as session:
        await add_machines(session, week.begins)
    rollups = RollupService(engine)
    await _write(sessions, week, week.history_from, week.begins + MINUTE)
    await rollups.refresh()
    watch = Watch(sessions, clock, ReadingFeed(Redis()), create_alerting(sessions, clock, outbox, zone).book)
    await watch.begin()
    pings: list[Ping] = []
    seen = 0
    while clock.now < week.ends:
        if (clock.now - week.begins) % timedelta(days=1) == timedelta(0):
            tell(f"day {(clock.now - week.begins).days + 1}")
            await _write(sessions, week, clock.now + MINUTE, clock.now + timedelta(days=1) + MINUTE)
            await rollups.refresh()
        await watch.learn_next()
        await watch.round()
        heard, seen = await _heard(sessions, seen, clock.now)
        pings += heard
        clock.now += MINUTE
    return pings


async def _write(sessions: SessionFactory, week: Week, begin: datetime, end: datetime) -> None:
    """Write what the plant sends between two moments; the watch takes none from the future."""
    async with sessions.begin() as session:
        rows = await session.execute(select(System.code, Sensor.code, Sensor.id).join(Sensor.system))
        ids = {(machine, sensor): sensor_id for machine, sensor, sensor_id in rows}
        readings = [NewReading(ids[key], at, value) for key, at, value in week.readings(begin, end)]
        await write_readings(session, readings)
        await mark_everything(session)


async def _heard(sessions: SessionFactory, after: int, now: datetime) -> tuple[list[Ping], int]:
    """Return the sounds of since, and the last message's number."""
    query = select(OutboxMessage).where(OutboxMessage.id > after).order_by(OutboxMessage.id)
    async with sessions() as session:
        messages = (await session.scalars(query)).all()
        groups = {m.payload["group_id"] for m in messages if m.kind == Notice.ALARM}
        of = select(AlarmGroup.id, System.code).join(System, System.id == AlarmGroup.system_id)
        machines = {row[0]: row[1] for row in await session.execute(of.where(AlarmGroup.id.in_(groups)))}
    heard = [
        Ping(now, machines[m.payload["group_id"]], reason)
        for m in messages
        if m.kind == Notice.ALARM and (reason := m.payload.get("reason"))
    ]
    return heard, messages[-1].id if messages else after


def judge(week: Week, pings: Sequence[Ping]) -> dict[str, object]:
    """Compare what was heard with what was wrong."""
    news: dict[Fault, list[Ping]] = {fault: [] for fault in week.faults}
    false: list[Ping] = []
    for ping in pings:
        fault = next((f for f in week.faults if _there(week, f, ping)), None)
        if fault is None:
            false.append(ping)
        elif ping.reason in NEWS:
            news[fault].append(ping)
    alarmed = {fault: heard for fault, heard in news.items() if heard}
    false_news = [ping for ping in false if ping.reason in NEWS]
    delays = [(heard[0].at - week.moment(fault.begins)).total_seconds() for fault, heard in alarmed.items()]
    right = sum(len(heard) for heard in alarmed.values())
    return {
        "recall": round(len(alarmed) / len(week.faults), 3),
        "once": round(sum(len(heard) == 1 for heard in alarmed.values()) / max(len(alarmed), 1), 3),
        "precision": round(right / max(right + len(false_news), 1), 3),
        "median_delay_s": round(median(delays)) if delays else None,
        "pings_per_fault": round(len(pings) / len(week.faults), 2),
        "faults": len(week.faults),
        "pings": {reason: sum(p.reason == reason for p in pings) for reason in sorted({p.reason for p in pings})},
        "missed": [_words(week, fault) for fault in week.faults if fault not in alarmed],
        "twice": [_words(week, fault) for fault, heard in alarmed.items() if len(heard) > 1],
        "false": [f"{ping.machine} {ping.at:%d %H:%M} {ping.reason}" for ping in false],
    }


def _there(week: Week, fault: Fault, ping: Ping) -> bool:
    return fault.machine == ping.machine and (
        week.moment(fault.begins) <= ping.at <= week.moment(fault.ends) + AFTERMATH
    )


def _words(week: Week, fault: Fault) -> str:
    sensor = f" {fault.sensor}" if fault.sensor else ""
    return f"{fault.machine} {fault.kind}{sensor} {week.moment(fault.begins):%d %H:%M}"


def main() -> None:
    """Simulate, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    week = Week(np.random.default_rng(options.seed))
    with tempfile.TemporaryDirectory(prefix="hydrodiag-benchmark-") as folder:
        result = judge(week, asyncio.run(simulate(week, Path(folder))))
    if not options.json:
        for name, value in result.items():
            print(f"{name:16} {value}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
