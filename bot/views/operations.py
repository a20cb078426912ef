"""Operations on tables: what a plan would change, how far a run is, and what it came to."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiogram.types import InlineKeyboardMarkup

from bot.callbacks.operations import CancelOperation, ConfirmOperation, ShowOperation
from bot.following import Sight
from bot.formatting import escape
from bot.i18n import Text
from bot.views import measures
from bot.views.health import size
from bot.views.keyboards import button, rows
from bot.views.policies import drift_line
from core.progress import JobProgress
from core.timescale.caretaker import Planned, Seen
from core.timescale.compression import CompressionPlan
from core.timescale.models import Kind, Operation, State
from core.timescale.partitions import IntervalChange, RangePlan
from core.timescale.retention import CleanupPlan
from core.timescale.slices import from_us
from core.users.rights import Actor, Right

_SHOWN = 6
"""Chunks named one by one; of more, the first and how many there are."""
_ERROR_LIMIT = 200
_MARKS = {
    State.PLANNED: "📝", State.QUEUED: "⏳", State.RUNNING: "⏳", State.INTERRUPTED: "⏸",
    State.DONE: "✅", State.FAILED: "⚠️", State.CANCELLED: "✖",
}  # fmt: skip


def planned(plan: Planned, zone: ZoneInfo, text: Text) -> Sight:
    """Say what a plan would change; nothing has happened yet."""
    lines = list(_plan_lines(plan, zone, text))
    if isinstance(plan.plan, CleanupPlan) and not plan.plan.chunks:
        return Sight(_page(lines))
    keyboard = rows(
        [button(text(f"operations-button-{plan.kind}"), ConfirmOperation(operation_id=plan.operation))],
        [button(text("operations-button-drop"), CancelOperation(operation_id=plan.operation))],
    )
    return Sight(_page(lines), keyboard)


def sight(seen: Seen, actor: Actor, text: Text) -> Sight:
    """Say where an operation stands."""
    operation, state = seen.operation, State(seen.operation.state)
    over = state in {State.DONE, State.FAILED, State.CANCELLED}
    lines = [_title(operation, text), text(f"operations-state-{state}")]
    if state is State.RUNNING and seen.report is not None and seen.report.step:
        lines[-1] = _running(seen.report, text)
    refused: list[dict[str, Any]] = operation.result.get("refused", [])
    if operation.error and operation.error not in {one["error"] for one in refused}:
        lines.append(text(operation.error, table=measures.table(operation.table_name)))
    lines += [_refusal(one, operation, text) for one in refused]
    lines += _result_lines(operation.result, actor.zone, text)
    if state is State.DONE and not operation.result:
        lines.append(text("operations-result-nothing"))
    may_cancel = not over and actor.may(Right.MANAGE_DATABASE) and not operation.cancel_asked
    keyboard = rows([button(text("operations-button-cancel"), CancelOperation(operation_id=operation.id))])
    return Sight(_page(lines), keyboard if may_cancel else None, over=over)


def journal(operations: Sequence[Operation], zone: ZoneInfo, text: Text) -> str:
    """List what ran and runs, newest first."""
    if not operations:
        return escape(text("operations-none"))
    lines = [
        f"{_MARKS[State(one.state)]} {_title(one, text)} · "
        + measures.moment(one.ended_at or one.started_at or one.planned_at, zone, text)
        for one in operations
    ]
    return _page([text("operations-heading"), *lines])


def journal_keyboard(operations: Sequence[Operation]) -> InlineKeyboardMarkup:
    """Return a button for each of them."""
    keys = [button(f"#{one.id}", ShowOperation(operation_id=one.id)) for one in operations]
    return rows(*[keys[i : i + 5] for i in range(0, len(keys), 5)])


def _plan_lines(plan: Planned, zone: ZoneInfo, text: Text) -> Iterator[str]:
    table = measures.table(plan.table)
    match plan.plan:
        case RangePlan() as found:
            yield text("operations-plan-ensure", count=len(found.missing), table=table)
            ranges = [(from_us(low), from_us(high)) for low, high in found.missing]
            yield from _some([_range(start, end, zone) for start, end in ranges], text)
            if found.existing:
                yield text("operations-plan-there", count=len(found.existing))
        case IntervalChange() as found:
            before, after = measures.span(found.before, text), measures.span(found.after, text)
            yield text("operations-plan-interval", table=table, before=before, after=after)
            if found.applies_from:
                until = _day(found.applies_from, zone)
                yield text("operations-plan-interval-kept", kept=found.kept, until=until)
        case CleanupPlan() as found:
            yield from _cleanup_lines(found, table, zone, text)
        case CompressionPlan() as found:
            yield from _compression_lines(found, table, zone, text)
        case None if plan.kind is Kind.BACKFILL:
            yield text("operations-plan-backfill", table=table)
        case None:
            yield text("operations-plan-apply", table=table)
            yield from (f"· {drift_line(one, text)}" for one in plan.drift)


def _cleanup_lines(plan: CleanupPlan, table: str, zone: ZoneInfo, text: Text) -> Iterator[str]:
    if not plan.chunks:
        yield text("operations-plan-all-held", count=len(plan.held), table=table, before=_day(plan.before, zone))
        return
    total, count = sum(one.bytes for one in plan.chunks), sum(one.rows for one in plan.chunks)
    yield text(
        "operations-plan-clean",
        count=len(plan.chunks),
        table=table,
        before=_day(plan.before, zone),
        size=size(total, text),
        rows=count,
    )
    sized = [f"{_range(c.chunk.start, c.chunk.end, zone)} · {size(c.bytes, text)}" for c in plan.chunks]
    yield from _some(sized, text)
    if plan.held:
        yield text("operations-plan-held", count=len(plan.held))
    yield text("operations-plan-left", count=plan.left)


def _compression_lines(plan: CompressionPlan, table: str, zone: ZoneInfo, text: Text) -> Iterator[str]:
    total, choice = sum(one.bytes for one in plan.chunks), plan.choice
    yield text(
        "operations-plan-compress",
        count=len(plan.chunks),
        table=table,
        before=_day(plan.before, zone),
        size=size(total, text),
    )
    sized = [f"{_range(c.chunk.start, c.chunk.end, zone)} · {size(c.bytes, text)}" for c in plan.chunks]
    yield from _some(sized, text)
    yield text(
        f"operations-how-{choice.reason}",
        segmentby=choice.segmentby or "–",
        orderby=choice.orderby,
        segments=choice.segments,
        rows=choice.rows_per_segment,
    )


def _title(operation: Operation, text: Text) -> str:
    what = text(f"operations-kind-{operation.kind}")
    return text("operations-title", number=operation.id, what=what, table=measures.table(operation.table_name))


def _running(report: JobProgress, text: Text) -> str:
    what = text(f"operations-kind-{report.step}")
    return text("operations-progress", what=what, done=report.done, total=report.total)


def _refusal(entry: dict[str, Any], operation: Operation, text: Text) -> str:
    """Word why a step was refused; of several steps, which."""
    params = {"table": measures.table(operation.table_name), "reason": "?"} | entry.get("params", {})
    words = text(entry["error"], **params)
    if entry["kind"] == operation.kind:
        return words
    return text("operations-refused", what=text(f"operations-kind-{entry['kind']}"), why=words)


def _result_lines(result: dict[str, Any], zone: ZoneInfo, text: Text) -> Iterator[str]:
    for name, word in _RESULTS.items():
        if entries := result.get(name):
            yield word(entries, text)
            if name in {"created", "dropped", "compressed", "failed"}:
                yield from _some([_entry(name, one, zone, text) for one in entries], text)


def _created(entries: list[dict[str, Any]], text: Text) -> str:
    return text("operations-result-created", count=len(entries))


def _existing(entries: list[dict[str, Any]], text: Text) -> str:
    return text("operations-plan-there", count=entries[-1]["count"])


def _dropped(entries: list[dict[str, Any]], text: Text) -> str:
    freed = size(sum(one["bytes"] for one in entries), text)
    return text("operations-result-dropped", count=len(entries), size=freed, rows=sum(one["rows"] for one in entries))


def _compressed(entries: list[dict[str, Any]], text: Text) -> str:
    before, after = sum(one["before"] for one in entries), sum(one["after"] for one in entries)
    ratio = measures.number(before / max(after, 1), text)
    return text(
        "operations-result-compressed",
        count=len(entries),
        before=size(before, text),
        after=size(after, text),
        ratio=ratio,
    )


def _failed(entries: list[dict[str, Any]], text: Text) -> str:
    return text("operations-result-failed", count=len(entries), error=entries[0]["error"][:_ERROR_LIMIT])


def _held(entries: list[dict[str, Any]], text: Text) -> str:
    return text("operations-plan-held", count=len(entries))


def _interval(entries: list[dict[str, Any]], text: Text) -> str:
    last = entries[-1]
    before, after = (measures.span(timedelta(seconds=last[name]), text) for name in ("before_s", "after_s"))
    return text("operations-result-interval", before=before, after=after, kept=last["kept"])


def _written(entries: list[dict[str, Any]], text: Text) -> str:
    return text("operations-result-written", count=len(entries), rows=sum(one["rows"] for one in entries))


_RESULTS: dict[str, Callable[[list[dict[str, Any]], Text], str]] = {
    "created": _created,
    "existing": _existing,
    "interval": _interval,
    "compressed": _compressed,
    "failed": _failed,
    "dropped": _dropped,
    "held": _held,
    "written": _written,
}


def _some(lines: list[str], text: Text) -> Iterator[str]:
    yield from (f"· {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield text("operations-more", count=len(lines) - _SHOWN)


def _range(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    if end - start < timedelta(days=1):
        return f"{_day(start, zone)} – {_day(end, zone)}"
    first, last = start.astimezone(zone), end.astimezone(zone)
    return f"{first:%Y-%m-%d} – {last:{'%m-%d' if first.year == last.year else '%Y-%m-%d'}}"


def _entry(name: str, entry: dict[str, Any], zone: ZoneInfo, text: Text) -> str:
    """Word what became of one chunk."""
    span = _range(datetime.fromisoformat(entry["start"]), datetime.fromisoformat(entry["end"]), zone)
    if name == "created":
        return span
    if name == "compressed":
        before, after = size(entry["before"], text), size(entry["after"], text)
        return text("operations-entry-compressed", range=span, before=before, after=after)
    chunk = entry["chunk"].rpartition(".")[2]
    if name == "failed":
        return text("operations-entry-failed", range=span, chunk=chunk)
    return text(
        "operations-entry-dropped", range=span, size=size(entry["bytes"], text), rows=entry["rows"], chunk=chunk
    )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _page(lines: Sequence[str]) -> str:
    first, *rest = lines
    return "  \n".join([f"**{escape(first)}**", *(escape(line) for line in rest)])
