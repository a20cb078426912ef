"""Readings in while everything that can fail fails: each must be in the table once, or in quarantine with its reason.

    python benchmarks/ingest_faults.py [--readings 1000000] [--rounds 4] [--json]

An embedded PostgreSQL (durable, as in production), a Valkey, a mosquitto, and the gateway as a process of its own. Half
of the readings come by HTTP (CSV, 1,000 a request, sent again until answered 200), three tenths by MQTT (QoS 1, 20 a
message, sent again until acknowledged), the rest from a file by `hydrodiag readings import`, started again until it
ends well. One in 500 is bad, in one of five ways. In each round the gateway is killed (SIGKILL), PostgreSQL crashes
(SIGQUIT, "immediate") and recovers, the broker restarts, and the import is killed (SIGKILL) after its next commit.

- `in_table`, `in_quarantine`: readings that are where they belong, once;
- `lost`, `doubled`, `wrong`: those that are not; `gateway_ended`: how often it ended by itself. All must be 0;
- `sent_again`: requests and messages that needed more than one attempt; `kills`: of each kind.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiomqtt
import asyncpg
import httpx
import structlog

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.failing_plant import PAUSE_S, Plant, plant_in
from benchmarks.numbered import BEGIN, Numbered, as_csv_file, compared
from benchmarks.rig import SENSORS
from benchmarks.telling import tell
from core.supervisor import Supervisor

REQUEST, MESSAGE = 1000, 20
SENDERS, TOGETHER = 4, 50


def main() -> None:
    """Run, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readings", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=4, metavar="N")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    figures = asyncio.run(measure(options.readings, options.rounds))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:16} {value}")
    print(json.dumps(figures))


async def measure(readings: int, rounds: int) -> dict[str, object]:
    """Send `readings` through `rounds` of faults; return what became of them."""
    with tempfile.TemporaryDirectory(prefix="hydrodiag-faults-") as folder:
        async with plant_in(Path(folder)) as plant:
            started, by_mqtt, by_file = time.perf_counter(), readings * 5 // 10, readings * 8 // 10
            file = Path(folder) / "readings.csv"
            file.write_text(as_csv_file(by_file, readings))
            ways = Supervisor()
            tasks = [
                ways.start(_by_http(plant, 0, by_mqtt), name="http"),
                ways.start(_by_mqtt(plant, by_mqtt, by_file), name="mqtt"),
                ways.start(_by_file(plant, file, by_file, rounds), name="file"),
                ways.start(_break(plant, by_file, rounds), name="faults"),
            ]
            try:
                await asyncio.gather(*tasks)
                await _settled(plant, readings)
            finally:
                await ways.drain(0)
            found = await compared(plant.postgres.url(), readings)
            plant.gateway_ended += plant.gateway is not None and plant.gateway.returncode is not None
            return found | {
                "gateway_ended": plant.gateway_ended,
                "sent_again": plant.sent_again,
                "kills": dict(plant.kills),
                "readings": readings,
                "seconds": round(time.perf_counter() - started),
            }


async def _by_http(plant: Plant, first: int, last: int) -> None:
    requests = iter(range(first, last, REQUEST))
    headers = {"Authorization": f"Bearer {plant.token}", "Content-Type": "text/csv"}
    url = f"http://127.0.0.1:{plant.http_port}/ingest"
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:

        async def sender() -> None:
            for begin in requests:
                end = min(begin + REQUEST, last)
                await _send(plant, client, url, as_csv_file(begin, end), str(begin))
                plant.arrived += end - begin

        await asyncio.gather(*(sender() for _ in range(SENDERS)))


async def _send(plant: Plant, client: httpx.AsyncClient, url: str, body: str, key: str) -> None:
    attempts = 0
    while True:
        attempts += 1
        try:
            answer = await client.post(url, content=body, headers={"Idempotency-Key": key})
            if answer.status_code == httpx.codes.OK:
                plant.sent_again += attempts > 1
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(PAUSE_S)


async def _by_mqtt(plant: Plant, first: int, last: int) -> None:
    """Publish until acknowledged by the broker; what was in flight when a connection broke is sent again."""
    step = MESSAGE * TOGETHER
    for begin in range(first, last, step):
        end, attempts = min(begin + step, last), 0
        while True:
            attempts += 1
            try:
                async with asyncio.timeout(30), aiomqtt.Client("127.0.0.1", plant.broker_port) as client:
                    client.pending_calls_threshold = 2 * TOGETHER
                    messages = ((n, min(n + MESSAGE, end)) for n in range(begin, end, MESSAGE))
                    await asyncio.gather(*(_publish(client, *one) for one in messages))
                break
            except (aiomqtt.MqttError, TimeoutError):
                await asyncio.sleep(PAUSE_S)
        plant.sent_again += attempts > 1
        plant.arrived += end - begin


async def _publish(client: aiomqtt.Client, first: int, last: int) -> None:
    body = json.dumps([Numbered.of(n).as_record() for n in range(first, last)])
    await client.publish("plant/rig", body, qos=1)


async def _by_file(plant: Plant, file: Path, first: int, kills: int) -> None:
    """Import the file, killed after its next commit as often as said, and again until it ends well."""
    code: int | None = -1
    while code != 0:
        before = await _stored_since(plant, first)
        process = await plant.child("import", sys.executable, "-m", "cli", "readings", "import", str(file))
        while process.returncode is None and plant.kills["import"] < kills:
            await asyncio.sleep(PAUSE_S)
            if await _stored_since(plant, first) > before and process.returncode is None:
                process.kill()
                plant.kills["import"] += 1
                break
        code = await process.wait()


async def _stored_since(plant: Plant, first: int) -> int:
    """Count the file's readings that are stored, however long the database is away."""
    begin = BEGIN + timedelta(seconds=first // SENSORS + 1)
    while True:
        try:
            connection = await asyncpg.connect(plant.postgres.url(), timeout=5)
            try:
                return int(await connection.fetchval("SELECT count(*) FROM sensor_data WHERE time >= $1", begin))
            finally:
                await connection.close(timeout=5)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(PAUSE_S)


async def _break(plant: Plant, to_arrive: int, rounds: int) -> None:
    """Do the faults one by one, evenly spread over the readings that arrive by HTTP and MQTT."""
    faults: list[tuple[str, Callable[[], Awaitable[None]]]] = [
        ("gateway", plant.kill_gateway),
        ("database", plant.crash_database),
        ("broker", plant.restart_broker),
    ]
    for number in range(rounds * len(faults)):
        due = to_arrive * (number + 1) / (rounds * len(faults) + 2)
        while plant.arrived < due:
            await asyncio.sleep(0.01)
        name, fault = faults[number % len(faults)]
        await fault()
        plant.kills[name] += 1
        tell(f"{plant.arrived:,} readings sent; {name} is back")


async def _settled(plant: Plant, readings: int) -> None:
    """Wait until the broker has delivered everything, or nothing has come for a while."""
    last, quiet_since = -1, time.monotonic()
    while time.monotonic() - quiet_since < 10:
        connection = await asyncpg.connect(plant.postgres.url())
        now = int(
            await connection.fetchval("SELECT (SELECT count(*) FROM sensor_data) + count(*) FROM quarantined_readings")
        )
        await connection.close()
        if now == readings:
            return
        if now != last:
            last, quiet_since = now, time.monotonic()
        await asyncio.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
