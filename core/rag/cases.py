"""Repair cases for a question: what colleagues found behind the trouble that it speaks of.

A case is shown as it was approved, beside the answer. It is no passage: what people typed never reaches a model, and
which cases there are depends on the reader's scope.
"""

import asyncio
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.repairs.facts import Case
from core.diagnostics.repairs.memory import Remembered, RepairMemory
from core.rag.conversations import Machine
from core.rag.glossary import glossary
from core.rag.loading import language_of
from core.rag.sensing import stems_of
from core.rag.tokens import is_number, terms
from core.rag.wanted import Quantity, has_value, wanted_values
from core.users.rights import Actor

log = structlog.get_logger(__name__)
MOST_CASES = 3
_BUDGET_S = 1.0
_MOST_OF_IT = 0.5
"""Share of a question's terms of the field above which a case is about the same thing."""
_SIGNALS = frozenset(
    terms("sensor signal cable wire connector reading data silent stuck датчик сигнал кабель провод разъём показание "
          "данные молчит завис обрыв")
)  # fmt: skip
_UP = frozenset(terms("high hot overheat rising rises above exceeds высокий греется перегрев растёт выше превышает"))
_DOWN = frozenset(terms("low weak cold falling drops below lacks низкий слабый холодный падает ниже падение нехватка"))


class CaseEvidence:
    """Finds cases. One that can't be found in time costs no answer."""

    def __init__(self, memory: RepairMemory) -> None:
        self._memory = memory

    async def find(self, actor: Actor, question: str, machine: Machine | None) -> tuple[Case, ...]:
        """Return the cases that fit `question`, the best first, those of the machine itself before its type's."""
        try:
            async with asyncio.timeout(_BUDGET_S):
                told = await self._memory.told(actor, machine.code if machine is not None else None)
        except (TimeoutError, SQLAlchemyError, OSError) as error:
            log.warning("no repair cases", error=repr(error))
            return ()
        return fitting(question, told, (machine.code, *machine.names.values()) if machine is not None else ())


def fitting(question: str, told: Sequence[Remembered], names: Sequence[str] = ()) -> tuple[Case, ...]:
    """Return the cases of `told` (the newest first) that fit, of those that tell the same only the best.

    `names` are words for the machine itself.
    """
    if not told:
        return ()
    asked = _Asked.read(question, {term for name in names for term in terms(name)})
    fits = [(_fit(asked, one), one) for one in told]
    good = [(fit, one) for fit, one in fits if fit > _MOST_OF_IT]
    good.sort(key=lambda scored: (not scored[1].here, -scored[0]))
    best: dict[tuple[str, ...], Case] = {}
    for _, one in good:
        best.setdefault(_told(one.case), one.case)
    return tuple(best.values())[:MOST_CASES]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question: its terms, what may stand for each of them in either language and whether that is of the field, and
    the values that it asks for.
    """

    terms: frozenset[str]
    ways: tuple[tuple[frozenset[str], bool], ...]
    values: tuple[Quantity, ...]

    @classmethod
    def read(cls, question: str, named: Set[str]) -> "_Asked":
        spoken = language_of(question)
        concepts = glossary().concepts(question, spoken, "en" if spoken == "ru" else "ru")
        ways = [
            (frozenset((*concept.terms, *concept.alternatives)), concept.technical)
            for concept in concepts
            if not all(term in named or is_number(term) for term in concept.terms)
        ]
        return cls(frozenset(terms(question)), tuple(ways), wanted_values(question))


def _fit(asked: _Asked, told: Remembered) -> float:
    """Return which share of the question's terms of the field the case has; 0 where it is another story.

    It speaks of the case where it speaks of what the sensor measures, or of most of the cause and the part.
    """
    case, measured = told.case, stems_of(told.quantity)
    if case.kind in (AlarmKind.SILENCE, AlarmKind.STUCK) and asked.terms.isdisjoint(_SIGNALS):
        return 0.0
    if case.above is not None and _opposed(asked.terms, above=case.above):
        return 0.0
    if not all(has_value(wanted, f"{case.cause} {case.part}") for wanted in asked.values):
        return 0.0
    remedy = _terms_of(case.cause, case.part)
    words = remedy | measured | _terms_of(*(case.sensor or {}).values())
    found = [ways for ways, _ in asked.ways if not ways.isdisjoint(words)]
    whole = len(found) + sum(technical and ways.isdisjoint(words) for ways, technical in asked.ways)
    named = remedy & frozenset().union(*found)
    if asked.terms.isdisjoint(measured) and 2 * len(named) <= len(remedy):
        return 0.0
    return len(found) / whole if whole else 0.0


@lru_cache(maxsize=1024)
def _terms_of(*texts: str) -> frozenset[str]:
    return frozenset(term for text in texts for term in terms(text))


def _told(case: Case) -> tuple[str, ...]:
    return (case.code, *(" ".join(words.casefold().split()) for words in (case.cause, case.part)))


def _opposed(asked: Set[str], *, above: bool) -> bool:
    """Tell whether the question speaks of too much where the case was too little, or the other way round."""
    up, down = not asked.isdisjoint(_UP), not asked.isdisjoint(_DOWN)
    return (down and not up) if above else (up and not down)
