"""Readings in: the whole pipeline against a bare COPY of the same rows into the same kind of table, in the same run.

    python benchmarks/ingest.py [--rows 10000000] [--url postgresql://...] [--messages 20000] [--json]

The pipeline gets blocks as the parsers make them (text times, text values, names of sensors), about one reading in 500
of them bad: it resolves, converts, checks, removes repeats, writes, quarantines, and marks the buckets; bringing the
buckets up to date at the end counts as its time, too. The bare side is asyncpg's `copy_records_to_table` of the good
rows, ready as Python tuples, into a table (a hypertable where TimescaleDB is) with the same columns and key. Both take
turns block by block, so that a busy machine slows both. Making the blocks and tuples is counted on neither side.

- `ratio_to_copy`: rows per second of the pipeline over those of the bare copy; `ratio_with_csv`: with reading CSV, too;
- `rss_growth_mb`: this process's memory at the end minus that after the first tenth;
- `http_per_s`: readings per second by POST /ingest, CSV in requests of 1,000, answered after their commit;
- `mqtt_per_s`: readings per second by MQTT (mosquitto, QoS 1, one JSON reading a message, acknowledged after commit),
  from the first to the last in the table, with `--messages` of them waiting at the broker; 0 where mosquitto is absent.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import asyncpg
import httpx
import numpy as np
import structlog
from aiohttp import web
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.broker import broker, mosquitto
from benchmarks.rig import SENSORS, add_rig
from benchmarks.stores import database, server
from benchmarks.telling import tell
from core.clock import utc_now
from core.database import create_engine, create_session_factory
from core.diagnostics.ingest.combining import CombinedIntake
from core.diagnostics.ingest.csv_lines import CsvFormat
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.ingest.requests import AnsweredRequests
from core.diagnostics.ingest.sources import SourceRegister
from core.diagnostics.models import Reading, Sensor
from core.diagnostics.rollups.refreshing import RollupService
from core.settings import IngestSettings
from core.supervisor import Supervisor
from core.users.rights import OPERATOR
from gateway.http import IngestEndpoint
from gateway.mqtt import MqttIntake

MOMENTS = 3000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BAD_EVERY = 500
REQUESTS, REQUEST_ROWS, CLIENTS = 200, 1000, 8
_BARE = text("CREATE TABLE bare_readings (LIKE sensor_data INCLUDING ALL)")
_BARE_HYPERTABLE = text(
    "SELECT create_hypertable('bare_readings', 'time', chunk_time_interval => INTERVAL '7 days', "
    "create_default_indexes => false)"
)
_HAS_TIMESCALE = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--messages", type=int, default=20_000, metavar="N")
    parser.add_argument("--url", help="a PostgreSQL server on which a database may be made")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(_measure(options.rows, options.messages, options.url))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:24} {value}")
    print(json.dumps(figures))


async def _measure(rows: int, messages: int, url: str | None) -> dict[str, float]:
    async with server(url) as address:
        async with database(address) as own:
            figures = await _against_copy(own, rows)
        async with database(address) as own:
            figures["http_per_s"] = await _by_http(own)
        async with database(address) as own:
            figures["mqtt_per_s"] = await _by_mqtt(own, messages)
    return figures


async def _against_copy(url: str, rows: int) -> dict[str, float]:
    engine, bare = await _plant(url), await asyncpg.connect(url)
    intake = Intake(create_session_factory(engine), utc_now)
    async with engine.begin() as connection:
        await connection.execute(_BARE)
        if await connection.scalar(_HAS_TIMESCALE):
            await connection.execute(_BARE_HYPERTABLE)
        ids = (await connection.scalars(select(Sensor.id).order_by(Sensor.id))).all()
    blocks = max(rows // (SENSORS * MOMENTS), 2)
    pipeline = copy = csv = 0.0
    good = base = 0
    for number in range(blocks):
        lines, records = _made(number, ids)
        started = time.perf_counter()
        block = CsvFormat(b"sensor,time,value").read(lines)
        csv += time.perf_counter() - started
        started = time.perf_counter()
        good += (await intake.take("benchmark", block)).accepted
        pipeline += time.perf_counter() - started
        started = time.perf_counter()
        await bare.copy_records_to_table("bare_readings", records=records)
        copy += time.perf_counter() - started
        if number == blocks // 10:
            base = _rss_mb()
        if number % 20 == 19:
            tell(f"block {number + 1} of {blocks}")
    grown = _rss_mb() - base
    started = time.perf_counter()
    await RollupService(engine).refresh()
    refresh = time.perf_counter() - started
    total = blocks * SENSORS * MOMENTS
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(Reading)) == good
    await bare.close()
    await engine.dispose()
    return {
        "ratio_to_copy": round(copy / (pipeline + refresh), 3),
        "rows_per_s": round(total / (pipeline + refresh)),
        "rss_growth_mb": grown,
        "ratio_with_csv": round(copy / (pipeline + refresh + csv), 3),
        "copy_rows_per_s": round(total / copy),
        "refresh_share": round(refresh / (pipeline + refresh), 3),
        "quarantined": total - good,
        "rows": total,
    }


def _made(number: int, ids: Any) -> tuple[list[bytes], list[tuple[int, datetime, float, int]]]:
    """Return a block's lines of CSV, and what of them is good as records."""
    chance, lines, records = random.Random(number), [], []
    for second in range(MOMENTS):
        moment = BEGIN + timedelta(seconds=number * MOMENTS + second)
        written = moment.isoformat()
        for sensor in range(SENSORS):
            value = round(100 + 30 * chance.random(), 3)
            if chance.random() * BAD_EVERY < 1:
                lines.append(f"rig/s{sensor},{written},-{value}".encode())
            else:
                lines.append(f"rig/s{sensor},{written},{value}".encode())
                records.append((ids[sensor], moment, value, 0))
    return lines, records


async def _by_http(url: str) -> int:
    engine = await _plant(url)
    sessions = create_session_factory(engine)
    register, app = SourceRegister(sessions, utc_now), web.Application()
    answered = AnsweredRequests(sessions, utc_now)
    IngestEndpoint(CombinedIntake(Intake(sessions, utc_now)), register, answered, largest_bytes=2**24).register(app)
    runner = web.AppRunner(app, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    headers = {
        "Authorization": f"Bearer {await register.create(OPERATOR, 'benchmark')}",
        "Content-Type": "text/csv",
    }
    port = runner.addresses[0][1]
    bodies = _bodies()
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:

        async def send() -> None:
            for body in bodies:
                (await client.post(f"http://127.0.0.1:{port}/ingest", content=body)).raise_for_status()

        started = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(CLIENTS)))
        seconds = time.perf_counter() - started
    await runner.cleanup()
    await engine.dispose()
    return round(REQUESTS * REQUEST_ROWS / seconds)


def _bodies() -> Iterator[bytes]:
    for number in range(REQUESTS):
        begin = BEGIN + timedelta(seconds=number * REQUEST_ROWS)
        rows = (f"rig/s{n % SENSORS},{(begin + timedelta(seconds=n)).isoformat()},{n}" for n in range(REQUEST_ROWS))
        yield "\n".join(["sensor,time,value", *rows]).encode()


async def _by_mqtt(url: str, messages: int) -> int:
    if mosquitto() is None or not messages:
        tell("mqtt: no mosquitto")
        return 0
    engine, supervisor = await _plant(url), Supervisor()
    sessions = create_session_factory(engine)
    async with broker() as port:
        listener = MqttIntake(Intake(sessions, utc_now), utc_now, IngestSettings(), f"mqtt://127.0.0.1:{port}")
        supervisor.start(listener.run(), name="mqtt", key="mqtt")
        try:
            while not listener.connected:
                await asyncio.sleep(0.05)
            await supervisor.cancel("mqtt")
            await _publish(port, messages)
            started = time.perf_counter()
            supervisor.start(listener.run(), name="mqtt")
            while await _count(engine) < messages:
                await asyncio.sleep(0.1)
            seconds = time.perf_counter() - started
        finally:
            await supervisor.drain(0)
    await engine.dispose()
    return round(messages / seconds)


async def _publish(port: int, messages: int) -> None:
    async with aiomqtt.Client("127.0.0.1", port, max_concurrent_outgoing_calls=100) as client:
        client.pending_calls_threshold = 10_000

        async def send(number: int) -> None:
            moment = BEGIN + timedelta(seconds=number // SENSORS)
            body = json.dumps({"value": number % 97, "time": moment.isoformat()})
            await client.publish(f"plant/rig/s{number % SENSORS}", body, qos=1)

        for begin in range(0, messages, 500):
            await asyncio.gather(*(send(number) for number in range(begin, min(begin + 500, messages))))


async def _count(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(Reading)) or 0)


async def _plant(url: str) -> AsyncEngine:
    engine = create_engine(url)
    await add_rig(create_session_factory(engine))
    return engine


def _rss_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return int(np.ceil(pages * 4096 / 2**20))


if __name__ == "__main__":
    main()
