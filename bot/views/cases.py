"""Repair cases in words: how the trouble showed, what it was, what it took."""

from collections.abc import Iterator, Sequence

from bot.formatting import escape
from bot.i18n import Text
from bot.views import measures
from core.database import Names
from core.diagnostics.detection.conditions import AlarmKind
from core.diagnostics.repairs.facts import Case
from core.diagnostics.repairs.models import CaseState

_MARKS = {CaseState.PROPOSED: "⏳", CaseState.APPROVED: "✅", CaseState.REJECTED: "❌"}
_NAME = 60


def signs(kind: str, sensor: Names | None, above: bool | None, text: Text) -> str:
    """Say how the trouble showed, without numbers."""
    name = measures.name(sensor, text) if sensor is not None else ""
    if kind == AlarmKind.LIMIT and above is not None:
        return text(f"repair-signs-{'high' if above else 'low'}", sensor=name)
    known = kind if kind in set(AlarmKind) and kind != AlarmKind.LIMIT else "other"
    return text(f"repair-signs-{known}", sensor=name) if name else text(f"repair-signs-machine-{known}")


def duration(minutes: int, text: Text) -> str:
    """Write how long the work took, hours with their halves: "45 min", "1.5 h"."""
    if minutes < 60 or minutes % 30:
        return text("sensors-minutes", count=minutes)
    return text("repair-hours", hours=measures.number(minutes / 60, text))


def label(case: Case) -> str:
    """Name a case by what it was."""
    return case.cause or case.part


def block(cases: Sequence[Case], text: Text) -> str:
    """Show the cases that fit a question as Markdown, each under its number; "" where there are none."""
    if not cases:
        return ""
    return "\n\n".join([f"**{escape(text('repair-cases'))}**", *(_markdown(line(case, text)) for case in cases)])


def line(case: Case, text: Text) -> str:
    """Word a case on two lines, without people."""
    words = ". ".join(told(case.cause, case.part, case.minutes, text))
    return f"{_head(case, text)}\n{words}"


def card(case: Case, text: Text) -> str:
    """Word a case: the trouble, what was told, by whom, and what became of it."""
    lines = [
        f"🔧 {_head(case, text)}",
        *told(case.cause, case.part, case.minutes, text),
        text("repair-author", name=case.author[:_NAME]),
        f"{_MARKS[case.state]} {text(f'repair-state-{case.state}', name=(case.by or '')[:_NAME])}",
    ]
    return "\n".join(lines)


def told(cause: str, part: str, minutes: int | None, text: Text) -> Iterator[str]:
    """Say what was told, a line each."""
    if cause:
        yield text("repair-cause", words=cause)
    if part:
        yield text("repair-part", words=part)
    if minutes is not None:
        yield text("repair-work-took", span=duration(minutes, text))


def _head(case: Case, text: Text) -> str:
    where = f"{measures.name(case.machine, text)} · {signs(case.kind, case.sensor, case.above, text)}"
    return f"{text('repair-case', number=str(case.id))} · {where}"


def _markdown(words: str) -> str:
    return "  \n".join(map(escape, words.split("\n")))
