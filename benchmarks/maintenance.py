"""Maintenance under load: readings come and people look while two workers create, compress and drop chunks in a loop.

    python benchmarks/maintenance.py --url postgresql://... [--seconds 300] [--readers 20] [--json]

Needs a server with TimescaleDB: a database of its own is made there and dropped afterwards. First the load alone
(`p95_quiet_ms`: ingest at full rate and readers who ask for a machine's 30 days, while two workers have nothing to
do), then the same load while the workers do what is ordered round after round: chunks ahead, compression (Community)
and retention, all at once, so that they compete for the table.

- `failed_ingests`: batches of readings that the database refused;
- `deadlocks`: of those and of the readers' questions, how many ended as somebody else's victim (40P01, 55P03);
- `failed_reads`: questions that ended in any error;
- `lost_rows`: readings written and acknowledged that the table does not have in the end;
- `failed_operations`: operations that ended otherwise than done;
- `ratio`: `p95_busy_ms` over `p95_quiet_ms`.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.stores import database, valkey
from benchmarks.summary import _machine
from benchmarks.telling import tell
from core.clock import utc_now
from core.container import Container
from core.diagnostics.ingest import NewReading, write_readings
from core.diagnostics.periods import MONTH
from core.diagnostics.rollups.marking import mark_everything
from core.errors import HydrodiagError
from core.settings import Settings, child_environment
from core.supervisor import Supervisor
from core.timescale.caretaker import Planned
from core.timescale.models import State
from core.users.rights import OPERATOR

_ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
WRITERS = 2
BATCH = 500
HISTORY = timedelta(days=40)
PAUSE_S = 0.5
"""Between a reader's questions."""
DOOMED = timedelta(days=400)
"""What each round's retention drops is that old: it is written for it, and not counted."""
KEEP = timedelta(days=380)
COMPRESS_AFTER = timedelta(days=8)
VICTIM = {"40P01", "55P03"}

_HISTORY = text(
    """
    INSERT INTO sensor_data (sensor_id, time, value)
    SELECT s, t, 50 + random() FROM unnest(CAST(:sensors AS integer[])) s,
        generate_series(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), INTERVAL '2 minutes') t
    """
)
_DOOM = text(
    """
    INSERT INTO sensor_data (sensor_id, time, value)
    SELECT s, CAST(:at AS timestamptz) + i * INTERVAL '1 minute', 1
    FROM unnest(CAST(:sensors AS integer[])) s, generate_series(0, 999) i ON CONFLICT DO NOTHING
    """
)
_COUNT = text("SELECT count(*) FROM sensor_data WHERE time > :since AND time <= :until")


@dataclass
class Tally:
    """What the load has seen."""

    written: int = 0
    batches: int = 0
    failed_ingests: int = 0
    failed_reads: int = 0
    deadlocks: int = 0
    times: list[float] = field(default_factory=list)
    operations: int = 0
    failed_operations: int = 0


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="a server with TimescaleDB on which a database may be made")
    parser.add_argument("--seconds", type=float, default=300.0, metavar="S")
    parser.add_argument("--readers", type=int, default=20, metavar="N")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    figures = asyncio.run(measure(options.url, options.seconds, options.readers))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def measure(url: str, seconds: float, readers: int) -> dict[str, float | str]:
    """Put a database under load for `seconds`, and a fifth of that before, without maintenance."""
    async with database(url) as own, _container(own) as container:
        sensors = await _machine(container.engine)
        begun = utc_now()
        await _history(container, sensors, begun)
        async with _workers(container):
            quiet = await _load(container, sensors, readers, max(seconds / 5, 3.0))
            tell(f"quiet: {len(quiet.times)} answers, {quiet.written:,} readings")
            busy = await _load(container, sensors, readers, seconds, maintained=True)
        tell(f"busy: {len(busy.times)} answers, {busy.written:,} readings, {busy.operations} operations")
        async with container.engine.connect() as connection:
            found = int(await connection.scalar(_COUNT, {"since": begun, "until": utc_now() + timedelta(days=1)}) or 0)
        edition = (await container.timescale.health(OPERATOR)).kind.edition
    p95 = [round(float(np.percentile(one.times, 95)), 1) for one in (quiet, busy)]
    return {
        "failed_ingests": quiet.failed_ingests + busy.failed_ingests,
        "failed_reads": quiet.failed_reads + busy.failed_reads,
        "deadlocks": quiet.deadlocks + busy.deadlocks,
        "lost_rows": quiet.written + busy.written - found,
        "operations": busy.operations,
        "failed_operations": busy.failed_operations,
        "p95_quiet_ms": p95[0],
        "p95_busy_ms": p95[1],
        "ratio": round(p95[1] / p95[0], 2),
        "rows_per_s": round(busy.written / seconds),
        "seconds": seconds,
        "readers": readers,
        "edition": edition,
    }


@asynccontextmanager
async def _container(database: str) -> AsyncIterator[Container]:
    with tempfile.TemporaryDirectory(prefix="hydrodiag-benchmark-") as folder:
        async with valkey(Path(folder)) as redis:
            settings = Settings(
                _env_file=None,
                hydrodiag_home=Path(folder),
                database_url=SecretStr(database),
                redis_url=SecretStr(redis),
            )
            async with Container.open(settings) as container:
                yield container


@asynccontextmanager
async def _workers(container: Container) -> AsyncIterator[None]:
    """Two processes as in production, which share one queue."""
    settings = container.settings
    assert settings.database_url is not None
    assert settings.redis_url is not None
    environment = child_environment(
        DATABASE_URL=settings.database_url.get_secret_value(),
        REDIS_URL=settings.redis_url.get_secret_value(),
        HYDRODIAG_HOME=str(settings.hydrodiag_home),
        LOG__LEVEL="ERROR",
    )
    words = [sys.executable, "-m", "workers", "diagnostics"]
    running = [await asyncio.create_subprocess_exec(*words, env=environment, cwd=_ROOT) for _ in range(WORKERS)]
    try:
        async with asyncio.timeout(120):
            while not await container.redis.exists("diagnostics:health-check"):
                await asyncio.sleep(0.1)
        yield
    finally:
        for one in running:
            if one.returncode is None:
                one.terminate()
            await one.wait()


async def _history(container: Container, sensors: list[int], now: datetime) -> None:
    async with container.engine.begin() as connection:
        span = {"begin": now - HISTORY, "end": now - timedelta(minutes=1), "sensors": sensors}
        await connection.execute(_HISTORY, span)
    async with container.sessions.begin() as session:
        await mark_everything(session)
    await container.rollups.refresh()


async def _load(
    container: Container, sensors: list[int], readers: int, seconds: float, *, maintained: bool = False
) -> Tally:
    tally, supervisor = Tally(), Supervisor()
    end = time.monotonic() + seconds
    work = [_write(container, sensors, number, end, tally) for number in range(WRITERS)]
    work += [_read(container, number * PAUSE_S / readers, end, tally) for number in range(readers)]
    if maintained:
        work.append(_maintain(container, sensors, end, tally))
    await asyncio.gather(*(supervisor.start(one, name="load") for one in work))
    return tally


async def _write(container: Container, sensors: list[int], number: int, end: float, tally: Tally) -> None:
    """Write batch after batch of new moments; each writer has sensors of its own."""
    own = sensors[number::WRITERS]
    moment, step = utc_now(), timedelta(microseconds=1000)
    while time.monotonic() < end:
        batch: list[NewReading] = []
        while len(batch) < BATCH:
            batch += [NewReading(sensor, moment, 50.0) for sensor in own]
            moment += step
        try:
            async with container.sessions.begin() as session:
                written = await write_readings(session, batch)
            tally.written += written
            tally.batches += 1
        except DBAPIError as error:
            tally.failed_ingests += 1
            tally.deadlocks += _is_victim(error)
            tell(f"ingest failed: {error.orig}")


async def _read(container: Container, delay_s: float, end: float, tally: Tally) -> None:
    await asyncio.sleep(delay_s)
    while time.monotonic() < end:
        started = time.perf_counter()
        try:
            await container.diagnostics.summary(OPERATOR, "rig", MONTH)
            tally.times.append((time.perf_counter() - started) * 1000)
        except (DBAPIError, HydrodiagError) as error:
            tally.failed_reads += 1
            tally.deadlocks += _is_victim(error)
            tell(f"question failed: {error}")
        await asyncio.sleep(PAUSE_S)


async def _maintain(container: Container, sensors: list[int], end: float, tally: Tally) -> None:
    """Order everything at once, wait until it has ended, again."""
    caretaker, round_number = container.caretaking.caretaker, 0
    while time.monotonic() < end:
        round_number += 1
        async with container.engine.begin() as connection:
            await connection.execute(_DOOM, {"at": utc_now() - DOOMED, "sensors": sensors})
        plans = []
        for plan in (
            caretaker.plan_cleanup(OPERATOR, "sensor_data", KEEP),
            caretaker.plan_ahead(OPERATOR, "sensor_data", 2 + round_number),
            caretaker.plan_compression(OPERATOR, "sensor_data", COMPRESS_AFTER),
        ):
            try:
                plans.append(await plan)
            except HydrodiagError:  # nothing to do, or an edition that can't
                continue
        for one in plans:
            await caretaker.confirm(OPERATOR, one.operation)
        for one in plans:
            await _ended(container, one, tally)


async def _ended(container: Container, planned: Planned, tally: Tally) -> None:
    async with asyncio.timeout(300):
        while True:
            operation = (await container.caretaking.caretaker.see(OPERATOR, planned.operation)).operation
            if operation.state in {State.DONE, State.FAILED, State.CANCELLED}:
                break
            await asyncio.sleep(0.1)
    tally.operations += 1
    if operation.state != State.DONE:
        tally.failed_operations += 1
        tell(f"operation {operation.id} {operation.kind}: {operation.state} {operation.error} {operation.result}")


def _is_victim(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in VICTIM


if __name__ == "__main__":
    main()
