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
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import asyncpg
import httpx
import structlog

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.summary import _tell
from core.clock import utc_now
from core.database import create_engine, create_session_factory
from core.diagnostics.ingest.sources import SourceRegister
from core.diagnostics.models import Quantity, Sensor, System
from core.embedded import EmbeddedPostgres, EmbeddedValkey
from core.processes import die_with_parent
from core.settings import child_environment
from core.supervisor import Supervisor
from core.users.rights import OPERATOR
from migrations.runner import upgrade

SENSORS = 17
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BAD_EVERY = 500
REQUEST, MESSAGE = 1000, 20
SENDERS, TOGETHER = 4, 50
PAUSE_S = 0.1
_BAD = (
    ("unknown_sensor", "rig/no-such", None, "bar"),
    ("wrong_unit", "rig/s0", None, "degC"),
    ("impossible", "rig/s0", "-99", "bar"),
    ("bad_value", "rig/s0", "off", "bar"),
    ("future", "rig/s0", None, "bar"),
)
_FUTURE = timedelta(days=36_500)
_STORED = "SELECT s.code, d.time, d.value FROM sensor_data d JOIN sensors s ON s.id = d.sensor_id"
_REFUSED = "SELECT reason, time, count(*) FROM quarantined_readings GROUP BY reason, time"

_ARRIVED = "SELECT (SELECT count(*) FROM sensor_data) + (SELECT count(*) FROM quarantined_readings)"


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


@dataclass(frozen=True, slots=True)
class Part:
    """Reading number `n` as it is sent, and what must become of it: a value, or a reason."""

    sensor: str
    time: datetime
    value: str
    unit: str
    reason: str = ""

    @classmethod
    def of(cls, n: int) -> "Part":
        """Make the reading; its time and sensor are its own."""
        moment, value = BEGIN + timedelta(seconds=n // SENSORS), f"{100 + n % 1000 / 10}"
        if n % BAD_EVERY:
            return cls(f"rig/s{n % SENSORS}", moment, value, "bar")
        reason, sensor, wrong, unit = _BAD[n // BAD_EVERY % len(_BAD)]
        return cls(sensor, moment + _FUTURE if reason == "future" else moment, wrong or value, unit, reason)

    def as_csv(self) -> str:
        """Return a line."""
        return f"{self.sensor},{self.time.isoformat()},{self.value},{self.unit}"

    def as_record(self) -> dict[str, str]:
        """Return a JSON object."""
        return {"sensor": self.sensor, "time": self.time.isoformat(), "value": self.value, "unit": self.unit}


def _csv(first: int, last: int) -> str:
    return "\n".join(["sensor,time,value,unit", *(Part.of(n).as_csv() for n in range(first, last))]) + "\n"


@dataclass
class Plant:
    """The parts, and what was done to them."""

    folder: Path
    postgres: "CrashingPostgres"
    environment: dict[str, str]
    broker_port: int
    http_port: int
    token: str = ""
    arrived: int = 0
    sent_again: int = 0
    gateway_ended: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    gateway: asyncio.subprocess.Process | None = None
    broker: asyncio.subprocess.Process | None = None

    async def start_gateway(self) -> None:
        """Start the gateway and wait until it is ready."""
        self.gateway = await self.child("gateway", sys.executable, "-m", "gateway")
        async with httpx.AsyncClient(trust_env=False) as client:
            await _until(lambda: _ready(client, f"http://127.0.0.1:{self.http_port}/health/ready"))

    async def start_broker(self) -> None:
        """Start mosquitto, with what it had."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/bin")
        self.broker = await self.child("mosquitto", str(program), "-c", str(self.folder / "mosquitto.conf"))

    async def child(self, name: str, *command: str) -> asyncio.subprocess.Process:
        """Start a process whose output goes to a log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command, stdout=log, stderr=log, env=self.environment, preexec_fn=die_with_parent(signal.SIGKILL)
            )

    async def kill_gateway(self) -> None:
        """Kill it in whatever it does, and start another."""
        if self.gateway is not None:
            self.gateway_ended += self.gateway.returncode is not None
            self.gateway.kill()
            await self.gateway.wait()
        await self.start_gateway()

    async def crash_database(self) -> None:
        """Have PostgreSQL lose all that is not on disk, and recover."""
        await self.postgres.stop()
        await self.postgres.start()

    async def restart_broker(self) -> None:
        """End mosquitto as `systemctl restart` does: what it has acknowledged it keeps."""
        if self.broker is not None:
            self.broker.terminate()
            await self.broker.wait()
        await self.start_broker()


class CrashingPostgres(EmbeddedPostgres):
    """PostgreSQL that is never shut down in order."""

    stop_signal = signal.SIGQUIT


async def measure(readings: int, rounds: int) -> dict[str, object]:
    """Send `readings` through `rounds` of faults; return what became of them."""
    with tempfile.TemporaryDirectory(prefix="hydrodiag-faults-") as folder:
        async with _plant(Path(folder)) as plant:
            started, by_mqtt, by_file = time.perf_counter(), readings * 5 // 10, readings * 8 // 10
            file = Path(folder) / "readings.csv"
            file.write_text(_csv(by_file, readings))
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
            found = await _compare(plant.postgres.url(), readings)
            plant.gateway_ended += plant.gateway is not None and plant.gateway.returncode is not None
            return found | {
                "gateway_ended": plant.gateway_ended,
                "sent_again": plant.sent_again,
                "kills": dict(plant.kills),
                "readings": readings,
                "seconds": round(time.perf_counter() - started),
            }


@asynccontextmanager
async def _plant(folder: Path) -> AsyncIterator[Plant]:
    postgres, valkey = CrashingPostgres(folder / "pg"), EmbeddedValkey(folder / "valkey")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(postgres.stop)
        stack.push_async_callback(valkey.stop)
        url, redis = await postgres.start(), await valkey.start()
        await upgrade(url)
        broker, http = _free_port(), _free_port()
        lines = (
            f"listener {broker} 127.0.0.1", "allow_anonymous true", "persistence true",
            f"persistence_location {folder}/", "max_queued_messages 0", "user root", "log_dest none",
        )  # fmt: skip
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        environment = child_environment(
            DATABASE_URL=url,
            REDIS_URL=redis,
            HYDRODIAG_HOME=str(folder),
            INGEST__HTTP_PORT=str(http),
            INGEST__MQTT_URL=f"mqtt://127.0.0.1:{broker}",
        )
        plant = Plant(folder, postgres, environment, broker, http, await _machine(url))
        stack.push_async_callback(_end, plant)
        await plant.start_broker()
        await plant.start_gateway()
        yield plant


async def _end(plant: Plant) -> None:
    for process in (plant.gateway, plant.broker):
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()


async def _machine(url: str) -> str:
    """Make a machine and a source; return the source's token."""
    engine = create_engine(url)
    system = System(code="rig", names={"en": "Rig"}, kind="rig")
    system.sensors = [
        Sensor(code=f"s{n}", names={"en": f"Sensor {n}"}, quantity=Quantity.PRESSURE, unit="bar")
        for n in range(SENSORS)
    ]
    async with create_session_factory(engine).begin() as session:
        session.add(system)
    token = await SourceRegister(create_session_factory(engine), utc_now).create(OPERATOR, "faults")
    await engine.dispose()
    return token


async def _by_http(plant: Plant, first: int, last: int) -> None:
    requests = iter(range(first, last, REQUEST))
    headers = {"Authorization": f"Bearer {plant.token}", "Content-Type": "text/csv"}
    url = f"http://127.0.0.1:{plant.http_port}/ingest"
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:

        async def sender() -> None:
            for begin in requests:
                end = min(begin + REQUEST, last)
                await _send(plant, client, url, _csv(begin, end), str(begin))
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
    body = json.dumps([Part.of(n).as_record() for n in range(first, last)])
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
        _tell(f"{plant.arrived:,} readings sent; {name} is back")


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


async def _compare(url: str, readings: int) -> dict[str, int]:
    """Compare tables with what was sent."""
    connection = await asyncpg.connect(url)
    stored = {(f"rig/{code}", at): value for code, at, value in await connection.fetch(_STORED)}
    refused = Counter({(reason, at): count for reason, at, count in await connection.fetch(_REFUSED)})
    await connection.close()
    good = bad = wrong = lost = 0
    for part in map(Part.of, range(readings)):
        if part.reason:
            count = refused.pop((part.reason, part.time.isoformat()), 0)
            bad += count == 1
            lost += count == 0
            wrong += max(count - 1, 0)
        elif (value := stored.pop((part.sensor, part.time), None)) is None:
            lost += 1
        else:
            good += value == float(part.value)
            wrong += value != float(part.value)
    return {
        "in_table": good,
        "in_quarantine": bad,
        "lost": lost,
        "doubled": len(stored) + refused.total(),
        "wrong": wrong,
    }


async def _until(happened: Callable[[], Awaitable[bool]]) -> None:
    while not await happened():
        await asyncio.sleep(PAUSE_S)


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
