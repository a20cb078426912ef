"""Gathering the evidence card: which sensors a question is about, and what they say, in time or not at all."""

import asyncio
from datetime import timedelta
from functools import lru_cache

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.diagnostics.models import Quantity
from core.diagnostics.periods import DAY, WEEK, find_period
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import SensorSummary, State, SystemSummary
from core.errors import HydrodiagError
from core.rag.conversations import Topic
from core.rag.evidence import SensorCard, SensorReading
from core.rag.tokens import terms
from core.users.rights import Actor

log = structlog.get_logger(__name__)

MOST_SENSORS = 5
_MATCHING = 4
"""Sensors chosen by the question's words, so that one that is beyond its limits still has room."""
_WHEN_ALL_IS_WELL = 3
_BUDGET_S = 1.0
"""An answer does not wait longer for the sensors."""
_UNWELL = (State.CRITICAL, State.WARNING, State.SILENT, State.STALE)

_WORDS = {
    Quantity.PRESSURE: "pressure bar weak relief valve accumulator давление бар слабый предохранительный клапан "
    "аккумулятор давит",
    Quantity.TEMPERATURE: "temperature hot heat overheat warm cold cooler viscosity температура горячий греется "
    "нагрев перегрев холодный охладитель вязкость",
    Quantity.FLOW: "flow delivery slow slowly drain leakage расход подача медленно медленный дренаж утечка",
    Quantity.VIBRATION: "vibration noise noisy whine knock bearing cavitation вибрация шум шумит воет вой стук стучит "
    "гудит подшипник кавитация",
    Quantity.LEVEL: "level foam leak aeration уровень пена пенится течь течёт аэрация доливать",
    Quantity.CLEANLINESS: "contamination contaminated cleanliness dirt dirty particles filter iso4406 загрязнение "
    "чистота грязь грязный частицы фильтр",
    Quantity.SPEED: "speed rpm обороты скорость",
    Quantity.POWER: "power kilowatt мощность",
}


class SensorEvidence:
    """Makes cards. A card that can't be made in time says so: it never costs the answer."""

    def __init__(self, diagnostics: DiagnosticsService) -> None:
        self._diagnostics = diagnostics

    async def card(self, actor: Actor, topic: Topic, question: str) -> SensorCard | None:
        """Return the card of the question's machine over the period it names, a day otherwise; None without a machine.

        Raises:
            ForbiddenError: the actor may not see machines.
        """
        if topic.machine is None:
            return None
        period = min(find_period(question) or DAY, WEEK)
        empty = SensorCard(topic.machine, hours=period / timedelta(hours=1), changed=topic.changed, readable=False)
        try:
            async with asyncio.timeout(_BUDGET_S):
                summary = await self._diagnostics.summary(actor, topic.machine.code, period)
        except (TimeoutError, SQLAlchemyError, OSError, HydrodiagError) as error:
            log.warning("no sensor evidence", machine=topic.machine.code, error=repr(error))
            return empty
        return _card(empty, summary, question)


def _card(empty: SensorCard, summary: SystemSummary, question: str) -> SensorCard:
    shown = relevant(summary, question)
    left_out = [sensor for sensor in summary.sensors if sensor not in shown]
    return SensorCard(
        empty.machine,
        empty.hours,
        sensors=tuple(_reading(number, sensor) for number, sensor in enumerate(shown, 1)),
        well=sum(sensor.status.state is State.HEALTHY for sensor in left_out),
        changed=empty.changed,
    )


def relevant(summary: SystemSummary, question: str) -> list[SensorSummary]:
    """Return at most five sensors: those the question speaks of, then those that are not well; else the first few."""
    asked = set(terms(question))
    scores = {sensor.status.sensor.id: _score(sensor, asked) for sensor in summary.sensors}
    best = max(scores.values(), default=0)

    def fit(sensor: SensorSummary) -> float:
        return scores[sensor.status.sensor.id]

    matching = [sensor for sensor in summary.sensors if fit(sensor) and fit(sensor) > best / 2]
    matching = sorted(matching, key=fit, reverse=True)[:_MATCHING]
    unwell = [s for s in summary.news_first() if s.status.state in _UNWELL and s not in matching]
    shown = [*matching, *unwell][:MOST_SENSORS]
    return shown or list(summary.sensors[:_WHEN_ALL_IS_WELL])


def _score(sensor: SensorSummary, asked: set[str]) -> float:
    """Weigh how much a question's terms are about a sensor: its quantity counts twice as much as a word of its name."""
    named = {term for name in sensor.status.sensor.names.values() for term in terms(name)}
    about = not asked.isdisjoint(stems_of(sensor.status.sensor.quantity))
    return 2 * about + len(asked & named)


@lru_cache
def stems_of(quantity: str) -> frozenset[str]:
    """Return the terms by which questions speak of a quantity."""
    return frozenset(terms(_WORDS.get(Quantity(quantity), ""))) if quantity in set(Quantity) else frozenset()


def _reading(number: int, sensor: SensorSummary) -> SensorReading:
    status, statistics, trend = sensor.status, sensor.statistics, sensor.trend
    return SensorReading(
        number,
        names=dict(status.sensor.names),
        quantity=status.sensor.quantity,
        unit=status.sensor.unit,
        state=status.state,
        limits=status.limits,
        value=status.last.value if status.last else None,
        age_s=status.last.age.total_seconds() if status.last else None,
        minimum=statistics.minimum if statistics else None,
        mean=statistics.mean if statistics else None,
        maximum=statistics.maximum if statistics else None,
        per_day=trend.per_day if trend and trend.certain else None,
    )
