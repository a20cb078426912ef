"""A machine's 30-day summary from the buckets, against the same aggregate over its raw readings.

    python benchmarks/summary.py [--rows 100000000] [--url postgresql://...] [--calls 60] [--json]

One machine with 17 sensors. The readings are made by the database itself: one a second and sensor where that gives at
least 60 days, else as many as 60 days take: whatever the number of rows, the summary has its 30 days and, for the
baseline, the 28 before. Without --url an embedded plain PostgreSQL is started; with one, a database
of its own is made on that server and dropped afterwards, with whatever edition of TimescaleDB is there. On Community
the chunks older than a week are compressed before anything is measured.

- `p95_ms`: the 95th percentile of the whole service call (machine, last values, buckets, baseline, trends), each call
  at another moment of the last day;
- `speedup_vs_raw`: the median of one statement that aggregates the same 30 days of raw readings into the same
  stretches, over the median of the whole service call;
- `growth_1m_to_full`: the median call at --rows over the median call at a million rows in a database of their own.

`refresh_s` is what it took to bring all buckets up to date from nothing, and `rows_per_s_refreshed` what that means.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.stores import database, server
from benchmarks.telling import tell
from core.database import create_engine, create_session_factory
from core.diagnostics.models import Quantity, Sensor, System
from core.diagnostics.periods import MONTH
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.service import DiagnosticsService
from core.diagnostics.summary import bucket_for
from core.users.rights import OPERATOR

SENSORS = 17
SHORTEST_HISTORY = timedelta(days=60)
DENSEST = timedelta(seconds=1)
BASE_ROWS = 1_000_000
END = datetime(2026, 6, 1, tzinfo=UTC)
RAW_CALLS = 3
KEEP_UNCOMPRESSED = timedelta(days=7)

_FILL = text(
    """
    INSERT INTO sensor_data (sensor_id, time, value)
    SELECT s, t, 50 + 20 * sin(extract(epoch FROM t) / 13750) + 4 * random()
    FROM generate_series(
        CAST(:begin AS timestamptz), CAST(:end AS timestamptz) - INTERVAL '1 microsecond', CAST(:step AS interval)) AS t
    CROSS JOIN unnest(CAST(:sensors AS integer[])) AS s
    """
)
_MARK = text(
    """
    INSERT INTO rollup_marks (sensor_id, hour, since, until)
    SELECT s, h, h, h + INTERVAL '1 hour' - INTERVAL '1 microsecond'
    FROM generate_series(
        date_bin('1 hour', CAST(:begin AS timestamptz), 'epoch'), CAST(:end AS timestamptz) - INTERVAL '1 microsecond',
        INTERVAL '1 hour') AS h
    CROSS JOIN unnest(CAST(:sensors AS integer[])) AS s
    """
)
_RAW = text(
    """
    SELECT s.id, b.*
    FROM sensors AS s
    CROSS JOIN LATERAL (
        SELECT
            date_bin(CAST(:width AS interval), time, CAST(:begin AS timestamptz)) AS start,
            count(*) AS count,
            count(*) FILTER (
                WHERE value >= least(s.warning_high, s.critical_high)
                OR value <= greatest(s.warning_low, s.critical_low)
            ) AS outside,
            min(value) AS minimum,
            avg(value) AS mean,
            max(value) AS maximum
        FROM sensor_data
        WHERE sensor_id = s.id AND time >= :begin AND time <= :end AND quality < 2
        GROUP BY 1
    ) AS b
    WHERE s.id = ANY(:sensors)
    ORDER BY s.id, b.start
    """
)
_EDITION = text(
    "SELECT coalesce((SELECT current_setting('timescaledb.license', true) FROM pg_extension "
    "WHERE extname = 'timescaledb'), 'none')"
)
_COMPRESSIBLE = text(
    "ALTER TABLE sensor_data SET (timescaledb.compress, timescaledb.compress_segmentby = 'sensor_id', "
    "timescaledb.compress_orderby = 'time')"
)
_COMPRESS = text(
    "SELECT compress_chunk(c) FROM show_chunks('sensor_data', older_than => CAST(:before AS timestamptz)) c"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of the calls, and what making them possible took."""

    calls: list[float]
    raw: list[float]
    rows: int
    refresh_s: float
    edition: str


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000, metavar="N")
    parser.add_argument("--url", help="a PostgreSQL server on which a database may be made")
    parser.add_argument("--calls", type=int, default=60, metavar="N")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(_measure(options.rows, options.url, options.calls))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def _measure(rows: int, url: str | None, calls: int) -> dict[str, float | str]:
    async with server(url) as address:
        base = await _at(address, min(rows, BASE_ROWS), calls)
        full = await _at(address, rows, calls)
    median = float(np.median(full.calls))
    return {
        "speedup_vs_raw": round(float(np.median(full.raw)) / median, 1),
        "p95_ms": round(float(np.percentile(full.calls, 95)), 1),
        "growth_1m_to_full": round(median / float(np.median(base.calls)), 3),
        "p50_ms": round(median, 1),
        "p50_ms_1m": round(float(np.median(base.calls)), 1),
        "raw_ms": round(float(np.median(full.raw)), 1),
        "refresh_s": round(full.refresh_s, 1),
        "rows_per_s_refreshed": round(full.rows / full.refresh_s),
        "rows": full.rows,
        "edition": full.edition,
    }


async def _at(address: str, rows: int, calls: int) -> Measured:
    """Fill a database with `rows` readings and measure there."""
    async with database(address) as url:
        engine = create_engine(url)
        try:
            sensors = await _machine(engine)
            written = await _fill(engine, sensors, rows)
            started = time.perf_counter()
            await RollupService(engine).refresh()
            refresh_s = time.perf_counter() - started
            tell(f"buckets refreshed in {refresh_s:.1f} s")
            edition = await _settle(engine)
            shown = await _summaries(engine, calls)
            return Measured(shown, await _raw(engine, sensors), written, refresh_s, edition)
        finally:
            await engine.dispose()


async def _machine(engine: AsyncEngine) -> list[int]:
    system = System(code="rig", names={"en": "Rig"}, kind="rig")
    system.sensors = [
        Sensor(
            code=f"s{n}", names={"en": f"Sensor {n}"}, quantity=Quantity.PRESSURE, unit="bar",
            warning_high=68.0, critical_high=74.0, sampling_s=1.0,
        )
        for n in range(SENSORS)
    ]  # fmt: skip
    async with create_session_factory(engine).begin() as session:
        session.add(system)
        await session.flush()
        return [sensor.id for sensor in system.sensors]


async def _fill(engine: AsyncEngine, sensors: list[int], rows: int) -> int:
    """Write about `rows` readings that end at END, day by day."""
    step = max(DENSEST, SHORTEST_HISTORY * SENSORS / rows) if rows * DENSEST / SENSORS < SHORTEST_HISTORY else DENSEST
    begin, written = END - step * (rows // SENSORS), 0
    while begin < END:
        end = min(begin + timedelta(days=1), END)
        ticks = -(-(end - begin) // step)
        values = {"begin": begin, "end": end, "step": step, "sensors": sensors}
        async with engine.begin() as connection:
            written += (await connection.execute(_FILL, values)).rowcount
            await connection.execute(_MARK, {"begin": begin, "end": end, "sensors": sensors})
        tell(f"{written:,} of {rows:,} readings")
        begin += step * ticks
    return written


async def _settle(engine: AsyncEngine) -> str:
    """Compress where that is possible, and let the planner know what there is; return the edition."""
    async with engine.connect() as pooled:
        connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        licence = str(await connection.scalar(_EDITION))
        if licence == "timescale":
            await connection.execute(_COMPRESSIBLE)
            chunks = await connection.execute(_COMPRESS, {"before": END - KEEP_UNCOMPRESSED})
            tell(f"{len(chunks.all())} chunks compressed")
        await connection.execute(text("VACUUM ANALYZE"))
    return {"timescale": "community"}.get(licence, licence)


async def _summaries(engine: AsyncEngine, calls: int) -> list[float]:
    """Time the service call at different moments of the last day."""
    moment, chance = END, random.Random(7)
    service = DiagnosticsService(create_session_factory(engine), lambda: moment)
    times = []
    for number in range(calls + 5):
        moment = END - timedelta(seconds=chance.randrange(86_400))
        started = time.perf_counter()
        summary = await service.summary(OPERATOR, "rig", MONTH)
        if number >= 5:
            times.append((time.perf_counter() - started) * 1000)
        assert all(sensor.statistics for sensor in summary.sensors)
    return times


async def _raw(engine: AsyncEngine, sensors: Sequence[int]) -> list[float]:
    """Time the aggregate over the readings themselves."""
    times = []
    for _ in range(RAW_CALLS):
        values = {"sensors": sensors, "begin": END - MONTH, "end": END, "width": bucket_for(MONTH)}
        async with engine.connect() as connection:
            started = time.perf_counter()
            (await connection.execute(_RAW, values)).all()
            times.append((time.perf_counter() - started) * 1000)
    return times


if __name__ == "__main__":
    main()
