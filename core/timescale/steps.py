"""The steps of an operation: what each does, told entry by entry as it is done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from core.timescale.backfill import backfill
from core.timescale.compression import ChunksFailedError, CompressedChunk, CompressionPlan, compress, plan_compression
from core.timescale.models import Kind
from core.timescale.partitions import ensure_partitions_for_range, set_chunk_interval
from core.timescale.retention import CleanupPlan, DroppedChunk, Hold, drop, plan_cleanup
from core.timescale.tables import Chunk, Measured
from core.timescale.watermarks import Rollups

Planned = TypeVar("Planned", CleanupPlan, CompressionPlan)
Step = dict[str, Any]
"""JSON, as it is kept: `kind`, and what the functions below take."""
Note = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Keeps an entry of the result under a name, at once: what was done must be known even if this process dies next."""
Tell = Callable[[str, int, int], None]
"""Told how far a step is."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What steps need to know besides themselves."""

    now: datetime
    holds: tuple[Hold, ...]
    rollups: Rollups


def ensure_step(start: datetime, end: datetime) -> Step:
    """Create the chunks that [start, end) lacks."""
    return {"kind": Kind.ENSURE, "start": start.isoformat(), "end": end.isoformat()}


def interval_step(interval: timedelta) -> Step:
    """Make new chunks this long."""
    return {"kind": Kind.INTERVAL, "seconds": interval.total_seconds()}


def compress_step(before: datetime, chunks: Sequence[Measured] | None = None) -> Step:
    """Compress what ended before a moment: those chunks only, or all."""
    return {"kind": Kind.COMPRESS, "before": before.isoformat()} | _only(chunks)


def clean_step(before: datetime, chunks: Sequence[Measured] | None = None, *, leave_nothing: bool = False) -> Step:
    """Drop what ended before a moment: those chunks only, or all."""
    return {"kind": Kind.CLEAN, "before": before.isoformat(), "leave_nothing": leave_nothing} | _only(chunks)


def backfill_step(batch: str) -> Step:
    """Write a staged batch of late readings."""
    return {"kind": Kind.BACKFILL, "batch": batch}


def _only(chunks: Sequence[Measured] | None) -> Step:
    return {} if chunks is None else {"chunks": [one.chunk.name for one in chunks]}


async def perform(
    step: Step, connection: AsyncConnection, table: str, around: Surroundings, note: Note, tell: Tell
) -> None:
    """Do one step.

    Raises:
        What the function behind it raises.
    """
    await _DOERS[Kind(step["kind"])](step, connection, table, around, note, tell)


async def _ensure(
    step: Step, connection: AsyncConnection, table: str, around: Surroundings, note: Note, tell: Tell
) -> None:
    start, end = datetime.fromisoformat(step["start"]), datetime.fromisoformat(step["end"])
    tell(Kind.ENSURE, 0, 1)
    ensured = await ensure_partitions_for_range(connection, table, start, end)
    for chunk in ensured.created:
        await note("created", _chunk(chunk))
    if ensured.existing:
        await note("existing", {"count": len(ensured.existing)})


async def _interval(
    step: Step, connection: AsyncConnection, table: str, around: Surroundings, note: Note, tell: Tell
) -> None:
    tell(Kind.INTERVAL, 0, 1)
    change = await set_chunk_interval(connection, table, timedelta(seconds=step["seconds"]))
    before, after = change.before.total_seconds(), change.after.total_seconds()
    await note("interval", {"before_s": before, "after_s": after, "kept": change.kept})


async def _compress(
    step: Step, connection: AsyncConnection, table: str, around: Surroundings, note: Note, tell: Tell
) -> None:
    plan = await plan_compression(connection, table, datetime.fromisoformat(step["before"]), now=around.now)
    plan = _restricted(plan, step)
    tell(Kind.COMPRESS, 0, len(plan.chunks))
    done = failed = 0
    async for one in compress(connection, plan):
        if isinstance(one, CompressedChunk):
            await note("compressed", _chunk(one.chunk) | {"before": one.bytes_before, "after": one.bytes_after})
        else:
            failed += 1
            await note("failed", _chunk(one.chunk) | {"error": one.error})
        done += 1
        tell(Kind.COMPRESS, done, len(plan.chunks))
    if failed:
        raise ChunksFailedError(f"{failed} of {done} chunks could not be compressed", failed=failed, count=done)


async def _clean(
    step: Step, connection: AsyncConnection, table: str, around: Surroundings, note: Note, tell: Tell
) -> None:
    plan = await plan_cleanup(
        connection,
        table,
        datetime.fromisoformat(step["before"]),
        now=around.now,
        holds=around.holds,
        rollups=around.rollups,
        leave_nothing=step["leave_nothing"],
    )
    plan = _restricted(plan, step)
    tell(Kind.CLEAN, 0, len(plan.chunks))
    done = 0
    for chunk in plan.held:
        await note("held", _chunk(chunk))
    async for one in drop(connection, plan, around.rollups):
        done += 1
        if isinstance(one, DroppedChunk):
            await note("dropped", _chunk(one.chunk) | {"bytes": one.bytes, "rows": one.rows})
        else:
            await note("held", _chunk(one.chunk))
        tell(Kind.CLEAN, done, len(plan.chunks))


async def _backfill(
    step: Step, connection: AsyncConnection, table: str, around: Surroundings, note: Note, tell: Tell
) -> None:
    async for one in backfill(connection, table, step["batch"], around.rollups):
        tell(Kind.BACKFILL, one.number, one.total)
        entry = {"start": one.start.isoformat(), "end": one.end.isoformat(), "rows": one.rows}
        await note("written", entry | {"recompressed": one.recompressed})


_DOERS: dict[Kind, Callable[..., Awaitable[None]]] = {
    Kind.ENSURE: _ensure,
    Kind.INTERVAL: _interval,
    Kind.COMPRESS: _compress,
    Kind.CLEAN: _clean,
    Kind.BACKFILL: _backfill,
}


def _chunk(chunk: Chunk) -> dict[str, Any]:
    return {"chunk": chunk.name, "start": chunk.start.isoformat(), "end": chunk.end.isoformat()}


def _restricted(plan: Planned, step: Step) -> Planned:
    """Leave only what was confirmed: chunks that have come of age since wait for the next plan."""
    if "chunks" not in step:
        return plan
    return replace(plan, chunks=tuple(one for one in plan.chunks if one.chunk.name in set(step["chunks"])))
