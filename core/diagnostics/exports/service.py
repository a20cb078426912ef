"""Readings of a machine as a file that Telegram takes: as they are, or by minutes or hours where they are too many."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import SessionFactory
from core.diagnostics.exports.writers import Detail, Format, Row, Writer, open_writer
from core.diagnostics.models import Reading, Sensor, System
from core.diagnostics.rollups.reading import read_series, whole_hour, whole_minute
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import bucket_for
from core.diagnostics.windows import Window
from core.errors import BadInputError
from core.users.audit import record
from core.users.rights import Actor, Right

MOST_BYTES = 49_000_000
"""Bots may send files of up to 50 MB."""
AT_ONCE = 2
"""Files made at the same time; others wait."""
_BATCH = 5_000
_PIECE = timedelta(days=7)
_HOPELESS = {Format.CSV: 1_200_000, Format.PARQUET: 12_000_000}
"""Rows that can't fit `MOST_BYTES`, at 41 and 4 bytes each: not worth beginning."""
_WIDTHS = {Detail.MINUTES: timedelta(minutes=1), Detail.HOURS: timedelta(hours=1)}

Tell = Callable[[float, int], None]
"""Takes how far it is, 0 to 1, and how many rows are written."""

_READINGS = text(
    """
    SELECT time, value, quality
    FROM sensor_data
    WHERE sensor_id = :sensor AND time >= :begin AND time <= :end
    ORDER BY time
    """
)


class ExportTooLargeError(BadInputError):
    """Even by hours the file would be larger than Telegram takes."""

    key = "export-too-large"


class NothingToExportError(BadInputError):
    """The stretch of time has no readings."""

    key = "export-nothing"


@dataclass(frozen=True, slots=True)
class Export:
    """A file ready to be sent; `rows` of `detail`."""

    path: Path
    system: System
    window: Window
    kind: Format
    detail: Detail
    rows: int


class ExportService:
    """Makes files of readings, for whoever may take them along."""

    def __init__(self, sessions: SessionFactory, diagnostics: DiagnosticsService, *, most_bytes: int = MOST_BYTES):
        self._sessions = sessions
        self._diagnostics = diagnostics
        self._most_bytes = most_bytes
        self._room = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def export(
        self,
        actor: Actor,
        system: str | int,
        window: Window,
        kind: Format,
        *,
        sensors: Collection[int] = (),
        tell: Tell = lambda *_: None,
    ) -> AsyncIterator[Export]:
        """Write the readings of a machine's `sensors` (ids; none: all); the file is gone after the context.

        `tell` is called as it goes. Cancelled, it leaves nothing behind.

        Raises:
            ForbiddenError: the actor may not export.
            UnknownSystemError, AmbiguousSystemError: none of the actor's machines, or several, are called that.
            NothingToExportError, ExportTooLargeError: no file comes of it.
        """
        actor.require(Right.EXPORT_READINGS)
        found = await self._diagnostics.machine(actor, system)
        chosen = [s for s in found.sensors if s.id in sensors] or list(found.sensors)
        chosen.sort(key=lambda sensor: sensor.id)
        async with self._room:
            with TemporaryDirectory(prefix="hydrodiag-export-") as folder:
                path = Path(folder) / f"{_file_name(found, window, actor)}.{kind}"
                detail, rows = await self._written(path, chosen, window, kind, actor, tell)
                await self._note(actor, found, window, kind, rows)
                yield Export(path, found, window, kind, detail, rows)

    async def _written(
        self, path: Path, sensors: Sequence[Sensor], window: Window, kind: Format, actor: Actor, tell: Tell
    ) -> tuple[Detail, int]:
        """Write as much detail as fits; return it, and the number of rows."""
        for detail, expected in await self._expected(sensors, window):
            if expected > _HOPELESS[kind]:
                continue
            with open_writer(path, kind, detail, actor.zone, actor.units) as writer:
                rows = await self._fill(writer, self._batches(sensors, window, detail), expected, tell)
            if rows is not None:
                return detail, rows
        raise ExportTooLargeError(limit=self._most_bytes // 1_000_000)

    async def _fill(
        self,
        writer: Writer,
        batches: AsyncGenerator[tuple[Sensor, Sequence[Row]]],
        expected: int,
        tell: Tell,
    ) -> int | None:
        """Write the batches; return the number of rows, None where they become too many bytes."""
        rows = 0
        async with aclosing(batches):
            async for sensor, batch in batches:
                if await asyncio.to_thread(writer.write, sensor, batch) > self._most_bytes:
                    return None
                rows += len(batch)
                tell(min(rows / max(expected, 1), 1.0), rows)
        return rows

    async def _expected(self, sensors: Sequence[Sensor], window: Window) -> list[tuple[Detail, int]]:
        """Return about how many rows there will be, the most detailed first."""
        ids, width = [sensor.id for sensor in sensors], bucket_for(window.length)
        async with self._sessions() as session:
            series = await read_series(session, ids, whole_minute(window.begin), window.end, width)
            if not any(series.values()) and not await _any_reading(session, ids, window):
                raise NothingToExportError
        readings = sum(bucket.count for buckets in series.values() for bucket in buckets)
        coarser = [(detail, min(readings, len(ids) * (window.length // w))) for detail, w in _WIDTHS.items()]
        return [(Detail.READINGS, readings), *coarser]

    async def _batches(
        self, sensors: Sequence[Sensor], window: Window, detail: Detail
    ) -> AsyncGenerator[tuple[Sensor, Sequence[Row]]]:
        async with self._sessions() as session:
            for sensor in sensors:
                rows = _readings if detail is Detail.READINGS else _buckets
                async for batch in rows(session, sensor.id, window, detail):
                    yield sensor, batch

    async def _note(self, actor: Actor, system: System, window: Window, kind: Format, rows: int) -> None:
        details = {"format": kind, "begin": window.begin.isoformat(), "end": window.end.isoformat(), "rows": rows}
        async with self._sessions.begin() as session:
            record(session, actor, "readings.export", target=system.code, details=details)


async def _readings(session: AsyncSession, sensor: int, window: Window, _: Detail) -> AsyncIterator[Sequence[Row]]:
    values = {"sensor": sensor, "begin": window.begin, "end": window.end}
    found = await session.stream(_READINGS, values, execution_options={"yield_per": _BATCH})
    async for batch in found.partitions():
        yield batch


async def _buckets(session: AsyncSession, sensor: int, window: Window, detail: Detail) -> AsyncIterator[Sequence[Row]]:
    width = _WIDTHS[detail]
    begin = whole_minute(window.begin) if detail is Detail.MINUTES else whole_hour(window.begin)
    while begin <= window.end:
        end = min(begin + _PIECE, window.end)
        inside = end if end == window.end else end - timedelta.resolution
        series = await read_series(session, [sensor], begin, inside, width)
        if buckets := series[sensor]:
            yield [(b.start, b.count, b.outside, b.minimum, b.mean, b.maximum) for b in buckets]
        begin += _PIECE


async def _any_reading(session: AsyncSession, sensors: Sequence[int], window: Window) -> bool:
    """Tell whether there is any, a bad one too."""
    within = Reading.time.between(window.begin, window.end)
    found = await session.scalar(select(Reading.time).where(Reading.sensor_id.in_(sensors), within).limit(1))
    return found is not None


def _file_name(system: System, window: Window, actor: Actor) -> str:
    begin, end = (moment.astimezone(actor.zone) for moment in (window.begin, window.end))
    code = "".join(c if c.isalnum() or c in "-_." else "-" for c in system.code)
    return f"{code}_{begin:%Y%m%d-%H%M}_{end:%Y%m%d-%H%M}"
