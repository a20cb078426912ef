"""From a reading to a phone: how long an alarm takes, what a flood of ten thousand does, and what it costs who asks.

    python benchmarks/alert_latency.py [--seconds 120] [--machines 500] [--scale 1] [--seed 1] [--json]

The whole installation runs (benchmarks/alert_stage.py): gateway, watch, bot and workers as processes of their own, and
the console as Telegram, which refuses with 429 what exceeds Telegram's limits (bot/console/flood.py): 30 messages a
second in all, 20 a minute to a group, one a second to a chat with bursts of three, edits counted.

1. 100 machines of 5 sensors send each reading once a second through the gateway. On each machine one sensor crosses
   its limit once, at a random time. `p95_s`: from before the request is sent whose reading makes the alarm due (its
   commit is in it), until the message is accepted. A limit must be crossed by three readings in a row, so that one
   stray reading wakes nobody; `p95_first_s` counts from the first of these and has two more seconds in it.
2. Then 10,000 sensors of `--machines` machines cross their limits in the same three readings. Alarms of one machine are
   one message. Five machines each have a team of `--team` technicians, who get a message for each of the five: 10,000
   messages to 2,000 chats. 20 supervisors hear of all machines, two groups of a site: more than anybody reads one by
   one, so they get a few messages and then one per site that tells of the rest, edited as it grows. The receiving side
   also refuses one call in 500 on purpose and asks for a pause of a second. `ordered_10k`: every technician got each
   message once, in the order of the outbox; every supervisor was told of every machine; no limit was exceeded; nothing
   was sent to a chat during a pause. `least_gap_s`: between two messages to a technician. `most_messages`: to a
   supervisor. `bot_busy`: the part of a core that the bot had.
3. Questions are asked before all that (while readings come in) and during the flood, in turns by somebody who hears the
   alarms and by somebody who does not. `answer_delay_s`: the slowest answer in the flood less the median before it.
   There is no model: an answer is passages, word for word, which is what the bot does by itself.

The flood takes seven minutes at Telegram's own limits: 24 messages a second, for answers keep their share. With
`--scale N` time runs N times faster for it: the bot's pace is N times as fast, and the receiving side's windows are as
much shorter (30 messages in 1/N s, and so on; pauses asked for are not scaled).
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from sqlalchemy import func, select

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.alert_stage import LIMIT, NORMAL, Stage, staged
from benchmarks.ask import _questions
from benchmarks.receiving import Arrival, Group
from benchmarks.telling import tell
from bot.console import Person
from core.diagnostics.alerts.models import AlarmGroup, AlarmMessage
from core.diagnostics.models import System
from core.outbox import Notice, OutboxMessage
from core.supervisor import Supervisor

MACHINES, SENSORS = 100, 5
LANES = 10
"""Requests a second, each with the readings of a tenth of the machines."""
ALARMS = 10_000
SITES = [f"site-{number:02d}" for number in range(20)]
TEAM_OF, TEAM = 5, 20
"""Machines that a team looks after, and its technicians."""
PEOPLE = [Person(2001 + n, f"Reader {n}", "", f"reader{n}", "en", "engineer") for n in range(len(SITES))]
ASKER = Person(3001, "Asker", "", "asker", "en", "engineer")
"""Hears no alarms."""
TECHNICIANS = 10_000
"""The first one's id."""
GROUPS = [Group(-1001 - n, f"Group {n}", "", f"group{n}", "en", "group") for n in range(2)]
REFUSE_EVERY = 500
QUIET_QUESTIONS, WARM_UP = 20, 4
BETWEEN_QUESTIONS_S = 2.0
RELOADED_S = 20.0
"""The watch takes new machines in within fifteen seconds."""
CROSSING_S = (5, 20)
_FINISHED = ("rate:", "want:", "iso:")
"""Buttons under a finished answer."""


class Feed:
    """Sends every sensor's readings once a second, with one crossing on each machine."""

    def __init__(self, stage: Stage, sensors: Sequence[str], seed: int) -> None:
        self._stage = stage
        self._machines: dict[str, list[str]] = defaultdict(list)
        for sensor in sensors:
            self._machines[sensor.partition("/")[0]].append(sensor)
        self._chance = random.Random(seed)
        self._crossings: dict[str, tuple[float, float]] = {}
        self.crossed: dict[str, list[float]] = defaultdict(list)
        """By machine, when the readings over the limit were sent."""

    def cross(self, within_s: float) -> None:
        """Let one sensor of each machine cross its limit at a random time."""
        for sensors in self._machines.values():
            begin = time.time() + self._chance.uniform(0, within_s)
            self._crossings[self._chance.choice(sensors)] = (begin, begin + self._chance.uniform(*CROSSING_S))

    async def run(self, lane: int) -> None:
        """Send the readings of one lane's machines, until cancelled."""
        machines = list(self._machines)[lane::LANES]
        due = time.time() + lane / LANES
        while True:
            await asyncio.sleep(max(due - time.time(), 0))
            await self._send(machines)
            due += 1

    async def _send(self, machines: Sequence[str]) -> None:
        now = time.time()
        at = _iso(now)
        rows = []
        for machine in machines:
            for sensor in self._machines[machine]:
                begin, end = self._crossings.get(sensor, (0.0, 0.0))
                over = begin <= now < end
                if over:
                    self.crossed[machine].append(now)
                rows.append((sensor, at, LIMIT + 30 if over else NORMAL + self._chance.random()))
        await self._stage.post(rows)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120, help="crossings are spread over so long")
    parser.add_argument("--machines", type=int, default=500, metavar="N", help="machines of the flood")
    parser.add_argument("--team", type=int, default=TEAM, metavar="N", help="technicians who hear of five machines")
    parser.add_argument("--scale", type=float, default=1, metavar="N", help="times faster than Telegram's limits")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(_measure(options.seconds, options.machines, options.team, options.scale, options.seed))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def _measure(seconds: float, machines: int, team: int, scale: float, seed: int) -> dict[str, Any]:
    questions = iter(_questions(10_000, seed))
    paced = {"bot": ("benchmarks.paced_bot", str(scale))} if scale != 1 else {}
    technicians = _technicians(machines, team)
    async with staged([*PEOPLE, ASKER, *GROUPS], later=technicians, scale=scale, programs=paced) as stage:
        tell("everything runs")
        for person, site in zip(PEOPLE, SITES, strict=True):
            await stage.listen(person.id, [site])
        await stage.listen(ASKER.id, [], wanted=False)
        feed = Feed(stage, await stage.build("Rig", MACHINES, SENSORS, SITES), seed)
        background = Supervisor()
        try:
            for lane in range(LANES):
                background.start(feed.run(lane), name=f"lane {lane}")
            await asyncio.sleep(RELOADED_S)
            quiet = await _quiet(stage, questions)
            tell(f"quiet answers: median {np.median(quiet):.2f} s, slowest {max(quiet):.2f} s")
            latency = await _latency(stage, feed, seconds)
            flood = await _flood(stage, machines, technicians, questions)
        finally:
            await background.drain(0)
    delays = flood.pop("answers")
    return {
        "p95_s": latency.pop("p95_s"),
        "ordered_10k": flood.pop("ordered_10k"),
        "answer_delay_s": round(max(delays) - float(np.median(quiet)), 2),
        **latency,
        **flood,
        "answers": len(delays),
        "answer_s_quiet": round(float(np.median(quiet)), 2),
        "answer_s_flood": round(float(np.median(delays)), 2),
        "answer_p95_s_quiet": round(float(np.percentile(quiet, 95)), 2),
        "answer_p95_s_flood": round(float(np.percentile(delays, 95)), 2),
        "scale": scale,
    }


async def _quiet(stage: Stage, questions: Iterator[str]) -> list[float]:
    """Ask while there are no alarms; return the seconds that answers took."""
    taken = []
    for number in range(WARM_UP + QUIET_QUESTIONS):
        taken.append(await _answered(stage, next(questions), number))
        await asyncio.sleep(BETWEEN_QUESTIONS_S)
    return taken[WARM_UP:]


async def _latency(stage: Stage, feed: Feed, seconds: float) -> dict[str, Any]:
    """Let every machine raise one alarm, and time the messages."""
    begin = time.time()
    feed.cross(seconds)
    await asyncio.sleep(seconds + CROSSING_S[0])
    await _drained(stage)
    told: dict[str, float] = {}
    for one in stage.receiver.arrivals:
        if one.at > begin and one.machine:
            told.setdefault(one.machine.lower().replace(" ", "-"), one.at)
    first = [told[machine] - sent[0] for machine, sent in feed.crossed.items() if machine in told]
    due = [told[machine] - sent[2] for machine, sent in feed.crossed.items() if machine in told]
    tell(f"{len(due)} of {MACHINES} alarms: p95 {np.percentile(due, 95):.2f} s, slowest {max(due):.2f} s")
    return {
        "p95_s": round(float(np.percentile(due, 95)), 2),
        "p50_s": round(float(np.median(due)), 2),
        "slowest_s": round(max(due), 2),
        "p95_first_s": round(float(np.percentile(first, 95)), 2),
        "untold": MACHINES - len(due),
    }


async def _flood(
    stage: Stage, machines: int, technicians: Sequence[Person], questions: Iterator[str]
) -> dict[str, Any]:
    """Raise 10,000 alarms at once, ask meanwhile, and look at what every chat got."""
    for person in PEOPLE:
        await stage.listen(person.id, SITES)
    for group, site in zip(GROUPS, SITES, strict=False):
        await stage.listen(group.id, [site])
    sensors = await stage.build("Line", machines, ALARMS // machines, SITES)
    await stage.enrol(technicians, _team_machines(machines, technicians))
    await asyncio.sleep(RELOADED_S)
    receiver = stage.receiver
    receiver.refuse_every, receiver.spare = REFUSE_EVERY, {ASKER.id, PEOPLE[0].id}
    before = receiver.refused.copy()
    begin, worked = time.time(), _worked_s(stage)
    moments = [_iso(begin - age) for age in (0.002, 0.001, 0.0)]
    await stage.post([(sensor, at, LIMIT + 30) for at in moments for sensor in sensors])
    tell(f"{len(sensors)} alarms raised: committed after {time.time() - begin:.1f} s")
    answers: list[float] = []
    while await _untold(stage, machines) or await _waiting(stage):
        answers.append(await _answered(stage, next(questions), len(answers)))
        untold, waiting = await _untold(stage, machines), await _waiting(stage)
        tell(f"{time.time() - begin:.0f} s: {untold} untold, {waiting} messages wait; answer {answers[-1]:.2f} s")
        await asyncio.sleep(BETWEEN_QUESTIONS_S)
    receiver.refuse_every = 0
    alarms = [one for one in receiver.arrivals if one.at > begin and (one.machine or one.site)]
    got: dict[int, list[str]] = defaultdict(list)
    for one in alarms:
        if one.machine.startswith("Line"):
            got[one.chat_id].append(one.machine)
    left = await _left(stage)
    in_order = all(got[person.id] == left[person.id] for person in technicians)
    once = all(len(set(got[person.id])) == len(got[person.id]) == TEAM_OF for person in technicians)
    whole = in_order and once and await _all_told(stage, machines)
    flood_s = max(one.at for one in alarms) - begin
    broken = receiver.refused - before
    return {
        "ordered_10k": whole and not broken and not receiver.impatient,
        "alarms": len(sensors),
        "messages": len(alarms),
        "most_messages": max(sum(one.chat_id == person.id for one in alarms) for person in PEOPLE),
        "in_order": whole,
        "limits_broken": dict(broken),
        "during_pauses": receiver.impatient,
        "simulated_429": receiver.simulated,
        "least_gap_s": round(_least_gap(alarms), 2),
        "flood_s": round(flood_s, 1),
        "messages_per_s": round(len(alarms) / flood_s, 1),
        "bot_busy": round((_worked_s(stage) - worked) / (time.time() - begin), 2),
        "answers": answers,
    }


def _worked_s(stage: Stage) -> float:
    """Return the processor's seconds that the bot has had."""
    process = stage.children["bot"].process
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split() if process else ["0"] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _technicians(machines: int, team: int) -> list[Person]:
    """Return the technicians of all teams, team by team."""
    count = machines // TEAM_OF * team
    return [Person(TECHNICIANS + n, f"Technician {n}", "", f"technician{n}", "en", "engineer") for n in range(count)]


def _team_machines(machines: int, technicians: Sequence[Person]) -> list[list[str]]:
    """Return the codes of the machines that each technician hears of."""
    team = len(technicians) // (machines // TEAM_OF)
    firsts = (number // team * TEAM_OF for number in range(len(technicians)))
    return [[f"line-{number:04d}" for number in range(first, first + TEAM_OF)] for first in firsts]


async def _all_told(stage: Stage, machines: int) -> bool:
    """Tell whether each supervisor has a message that tells of each machine of the flood."""
    query = (
        select(AlarmMessage.chat_id, func.count().label("machines"))
        .join(AlarmGroup, AlarmGroup.id == AlarmMessage.group_id)
        .join(System, System.id == AlarmGroup.system_id)
        .where(AlarmMessage.message_id.is_not(None), System.names["en"].astext.startswith("Line"))
        .group_by(AlarmMessage.chat_id)
    )
    async with stage.container.sessions() as session:
        told = {row.chat_id: row.machines for row in await session.execute(query)}
    return all(told.get(person.id) == machines for person in PEOPLE)


def _least_gap(alarms: Sequence[Arrival]) -> float:
    """Return the shortest time between two messages to a technician."""
    gaps, last = [], dict[int, float]()
    for one in alarms:
        if one.chat_id >= TECHNICIANS:
            gaps.append(one.at - last.get(one.chat_id, 0.0))
            last[one.chat_id] = one.at
    return min(gaps)


async def _left(stage: Stage) -> dict[int, list[str]]:
    """Return, by chat, the machines of the flood in the order in which their messages were left in the outbox."""
    query = (
        select(OutboxMessage.chat_id, System.names["en"].astext)
        .join(AlarmGroup, AlarmGroup.id == OutboxMessage.payload["group_id"].as_integer())
        .join(System, System.id == AlarmGroup.system_id)
        .where(OutboxMessage.kind == Notice.ALARM, OutboxMessage.payload.has_key("reason"))
        .where(~OutboxMessage.payload.has_key("gathered"))
        .order_by(OutboxMessage.id)
    )
    left: dict[int, list[str]] = defaultdict(list)
    async with stage.container.sessions() as session:
        for chat_id, name in await session.execute(query):
            if name.startswith("Line"):
                left[chat_id].append(name)
    return left


async def _answered(stage: Stage, question: str, number: int) -> float:
    """Ask, in turns as who hears no alarms and as who does; return the seconds until the finished answer is there."""
    who = (ASKER, PEOPLE[0])[number % 2].id
    began = time.time()
    said = await stage.console.say(who, question)
    await stage.console.wait_for(who, _is_finished, after=said["message_id"], timeout=60)
    return time.time() - began


def _is_finished(message: dict[str, Any]) -> bool:
    keys = [key for line in message.get("reply_markup", {}).get("inline_keyboard", []) for key in line]
    return any(key.get("callback_data", "").startswith(_FINISHED) for key in keys)


async def _untold(stage: Stage, machines: int) -> int:
    """Return of how many machines of the flood nobody has been told yet."""
    told = (AlarmGroup.told_at.is_not(None), System.names["en"].astext.startswith("Line"))
    query = select(func.count()).select_from(AlarmGroup).join(System, System.id == AlarmGroup.system_id).where(*told)
    async with stage.container.sessions() as session:
        return machines - (await session.scalar(query) or 0)


async def _waiting(stage: Stage) -> int:
    """Return how many messages of alarms have not been sent."""
    waiting = (OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))
    async with stage.container.sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(OutboxMessage).where(*waiting)) or 0)


async def _drained(stage: Stage) -> None:
    async with asyncio.timeout(60):
        while await _waiting(stage):
            await asyncio.sleep(0.5)


def _iso(seconds: float) -> str:
    return (datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)).isoformat()


if __name__ == "__main__":
    main()
