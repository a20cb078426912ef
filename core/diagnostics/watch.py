"""The watch: runs the detectors on readings as they are committed, and keeps the alarm book's time.

One process of the installation acts at a time; others stand by. It reads every reading from the table, behind the last
one of each sensor; the feed of accepted readings only says when to look, and at which machines; once a second
all are looked at, so that nothing depends on Redis. It keeps no state of its own: a new watch runs the detectors over
the recent past and then brings the book in line with what it sees, so what came and went while nobody watched is no
flood of old alarms.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import selectinload

from core.clock import Clock
from core.database import SessionFactory
from core.diagnostics.alerts.models import Alarm
from core.diagnostics.alerts.service import AlarmService
from core.diagnostics.detection.conditions import AlarmKind, Condition, Sample
from core.diagnostics.detection.experience import Experience
from core.diagnostics.detection.rig import LEARNT_KINDS, Rig, fingerprint
from core.diagnostics.ingest.feed import NOW, ReadingFeed
from core.diagnostics.models import System
from core.leadership import Leadership, Post, leadership
from core.metrics import WATCH_ROUND
from core.observability import bind_correlation_id

log = structlog.get_logger(__name__)

WARM_UP = timedelta(minutes=30)
"""How much of the past a new watch runs the detectors over."""
GRACE = timedelta(minutes=2)
"""After a start nobody is called silent for so long: what feeds us may have been down with us."""
_REMEMBERED = timedelta(days=7)
"""Sensors that fell silent longer ago than that, while nobody watched, are taken for gone."""
_PULSE_S = 0.2
_ALL_S = 1.0
"""So often all machines are looked at, also those that nobody told of."""
_RELOAD_S = 15.0
_AGAIN_S = 2.0
_CLOCK_STEP = timedelta(seconds=5)
_AHEAD = timedelta(minutes=1)
"""Readings from farther in the future are a wrong clock: they wait until it is their time."""
_AT_ONCE = 2000

_NEW_READINGS = text(
    """
    SELECT s.id, r.time, r.value
    FROM unnest(CAST(:sensors AS int[]), CAST(:since AS timestamptz[])) AS s (id, since)
    CROSS JOIN LATERAL (
        SELECT time, value FROM sensor_data
        WHERE sensor_id = s.id AND time > s.since AND time > :oldest AND time <= :until AND quality < 2
        ORDER BY time
        LIMIT :at_once
    ) AS r
    ORDER BY r.time, s.id
    """
)

_LAST_READINGS = text(
    """
    SELECT s.id, r.time
    FROM unnest(CAST(:sensors AS int[])) AS s (id)
    CROSS JOIN LATERAL (
        SELECT time FROM sensor_data
        WHERE sensor_id = s.id AND time > :oldest AND time <= :until
        ORDER BY time DESC
        LIMIT 1
    ) AS r
    """
)


class Watch:
    """Watches all machines."""

    def __init__(self, sessions: SessionFactory, clock: Clock, feed: ReadingFeed, book: AlarmService) -> None:
        self._sessions = sessions
        self._clock = clock
        self._feed = feed
        self._book = book
        self._experience = Experience(sessions, clock)
        self._rigs: dict[int, Rig] = {}
        self._owners: dict[int, int] = {}
        self._since: dict[int, datetime] = {}
        self._to_recall: dict[int, datetime] = {}
        """When to ask, for a machine, who had spoken before we began and has not since."""
        self._renewed: set[int] = set()
        """Machines whose sensors or limits have changed: what the book holds of them may be over."""
        self._behind = False
        self._place = NOW
        self._began = clock()
        self._last_seen: tuple[datetime, float] | None = None
        self._news = False
        self._told: set[int] | None = None
        self._all_at = 0.0

    async def run(self, engine: AsyncEngine) -> None:
        """Watch until cancelled, while no other process does. Faults of database and Redis only delay."""
        while True:
            try:
                async with leadership(engine, Post.WATCH) as post:
                    await self.begin()
                    await self._keep_watch(post)
            except Exception as error:  # the watch must outlive whatever it is: nobody else would notice
                log.exception("the watch was interrupted", error=str(error))
                await asyncio.sleep(_AGAIN_S)

    async def begin(self) -> None:
        """Run the detectors over the recent past, and bring the book in line with what they see."""
        self._rigs, self._since, self._to_recall, self._told = {}, {}, {}, None
        self._place, self._began, self._last_seen = NOW, self._clock(), None
        await self.reload()
        self._news = bool(self._since)
        while self._news:
            await self._readings()
        await self._reconcile(self._rigs.values())
        self._renewed = set()
        await self._experience.begin(self._rigs)

    async def round(self) -> None:
        """Take what is new, and let time pass."""
        now = self._clock()
        found = await self._readings()
        renewed = [self._rigs[system_id] for system_id in self._renewed] if self._told is None else []
        while renewed and self._behind:
            found += await self._readings()
        if now - self._began > GRACE:
            await self._recall(now)
            found += [condition for rig in self._rigs.values() for condition in rig.tick(now)]
        bind_correlation_id()
        if found:
            log.info("findings", count=len(found))
            await self._book.apply(found)
        if renewed:
            self._renewed = set()
            await self._reconcile(renewed)
        await self._book.tick()
        WATCH_ROUND.set(self._clock().timestamp())
        if (rig := await self._experience.remember(self._rigs)) is not None:
            await self._reconcile([rig])

    async def _keep_watch(self, post: Leadership) -> None:
        reload_at = time.monotonic() + _RELOAD_S
        while True:
            await post.confirm()
            await self._mind_the_clock()
            if time.monotonic() >= reload_at:
                await self.reload()
                await self.learn_next()
                reload_at = time.monotonic() + _RELOAD_S
            await self.round()
            await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        """Wait until readings are told, or it is time to look at all machines; note at which ones to look."""
        self._told = None
        try:
            told = await self._feed.read(self._place, wait_s=_PULSE_S)
        except (RedisError, OSError) as error:
            log.warning("no hints of new readings", error=str(error))
            self._place = NOW
            await asyncio.sleep(_PULSE_S)
            return
        if told:
            self._place = told[-1].place
        if time.monotonic() < self._all_at:
            sensors = {sensor for one in told for sensor in one.readings.sensors.tolist()}
            self._told = {self._owners[sensor] for sensor in sensors if sensor in self._owners}
        else:
            self._all_at = time.monotonic() + _ALL_S

    def _looked_at(self) -> list[int]:
        """Return the sensors to look at: whole machines, for their detectors want all readings in order."""
        if self._told is None:
            return list(self._since)
        rigs = [self._rigs[system_id] for system_id in self._told if system_id in self._rigs]
        return [sensor for rig in rigs for sensor in rig.sensors]

    async def _readings(self) -> list[Condition]:
        """Feed the detectors with what came since the last time; return what they found."""
        if not (sensors := self._looked_at()):
            return []
        now = self._clock()
        values = {
            "sensors": sensors,
            "since": [self._since[sensor] for sensor in sensors],
            "oldest": min(self._since[sensor] for sensor in sensors),
            "until": now + _AHEAD,
            "at_once": _AT_ONCE,
        }
        async with self._sessions() as session:
            rows = (await session.execute(_NEW_READINGS, values)).all()
        found: list[Condition] = []
        for sensor_id, at, value in rows:
            self._since[sensor_id] = at
            found += self._rigs[self._owners[sensor_id]].feed(Sample(sensor_id, at, value))
        self._news = bool(rows)
        self._behind = max(Counter(row.id for row in rows).values(), default=0) >= _AT_ONCE
        return found

    async def reload(self) -> None:
        """Take in new machines, and sensors whose limits have changed; drop those that are gone."""
        async with self._sessions() as session:
            systems = (await session.scalars(select(System).options(selectinload(System.sensors)))).all()
        known = {system.id: fingerprint(system) for system in systems}
        changed = [s for s in systems if s.id not in self._rigs or self._rigs[s.id].fingerprint != known[s.id]]
        for system_id in set(self._rigs) - set(known):
            del self._rigs[system_id]
            self._to_recall.pop(system_id, None)
            self._renewed.discard(system_id)
        since = self._clock() - WARM_UP
        for system in changed:
            rig = self._rigs[system.id] = Rig(system)
            self._to_recall[system.id] = self._clock() + max(GRACE, rig.patience)
            self._renewed.add(system.id)
            self._since |= {sensor.id: since for sensor in system.sensors}
        self._owners = {sensor.id: system.id for system in systems for sensor in system.sensors}
        self._since = {sensor: at for sensor, at in self._since.items() if sensor in self._owners}

    async def _recall(self, now: datetime) -> None:
        """Have silence noticed that began before we did, once all who live have had the time to speak."""
        due = [self._rigs[system_id] for system_id, at in self._to_recall.items() if at < now]
        if not due:
            return
        unheard = [sensor for rig in due for sensor in rig.sensors if rig.heard(sensor) is None]
        values = {"sensors": unheard, "oldest": now - _REMEMBERED, "until": now}
        async with self._sessions() as session:
            last = {row.id: row.time for row in await session.execute(_LAST_READINGS, values)}
        for rig in due:
            rig.recall({sensor: last[sensor] for sensor in rig.sensors if sensor in last})
            del self._to_recall[rig.system_id]

    async def learn_next(self) -> None:
        """Learn how one more machine usually is; alarms go first."""
        if (rig := await self._experience.learn(self._rigs)) is not None:
            await self._reconcile([rig])

    async def _reconcile(self, rigs: Iterable[Rig]) -> None:
        """Tell the book what is wrong now, and that what it holds and nobody sees any more has ended."""
        by_system = {rig.system_id: rig for rig in rigs}
        async with self._sessions() as session:
            query = select(Alarm).where(Alarm.active, Alarm.closed_at.is_(None), Alarm.system_id.in_(by_system))
            held = (await session.scalars(query)).all()
        found = [condition for rig in by_system.values() for condition in rig.present.values()]
        found += [over for alarm in held if (over := _ended(alarm, by_system[alarm.system_id])) is not None]
        if found:
            await self._book.apply(found)

    async def _mind_the_clock(self) -> None:
        """Notice that somebody set the clock, and move with it what is due."""
        wall, steady = self._clock(), time.monotonic()
        if self._last_seen is not None:
            step = (wall - self._last_seen[0]) - timedelta(seconds=steady - self._last_seen[1])
            if abs(step) > _CLOCK_STEP:
                log.warning("the clock was set", by_s=step.total_seconds())
                await self._book.clock_stepped(step)
        self._last_seen = (wall, steady)


def _ended(alarm: Alarm, rig: Rig) -> Condition | None:
    """Return the end of an alarm that the detectors do not see, once its sensor was heard since; else None."""
    kind = AlarmKind(alarm.kind)
    if kind in LEARNT_KINDS and not rig.knows:
        return None  # nobody looks yet
    heard = rig.heard(alarm.sensor_id)
    if (kind, alarm.sensor_id) in rig.present or heard is None or heard < alarm.seen_at:
        return None
    return Condition(alarm.system_id, kind, heard, None, alarm.sensor_id)
