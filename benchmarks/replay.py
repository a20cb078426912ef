"""Recorded machines replayed through MQTT and through the file import: the tables and the summaries must be the same.

    python benchmarks/replay.py [--uci DIR] [--skab FILE] [--cycles N] [--url postgresql://...] [--json]

`--uci`: UCI 447 ("Condition monitoring of hydraulic systems"), a .tsv per sensor, a row of 60 values per cycle of 60 s.
`--skab`: a file of SKAB's format, `datetime;sensor;sensor;...`, 1 Hz. Each goes into two databases: by MQTT (mosquitto,
QoS 1, all values of one second a message) through the gateway's subscriber, and as a CSV file through the import.

- `rows`: readings in each table; `tables_differ`: rows that only one of them has;
- `summaries`, `summaries_differ`: summaries of an hour, a day and a week compared, and how many are not equal.
"""

import argparse
import asyncio
import csv
import json
import logging
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import aiomqtt
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.broker import broker
from benchmarks.stores import database, server
from benchmarks.telling import tell
from core.clock import utc_now
from core.database import create_engine, create_session_factory
from core.diagnostics.ingest.importing import ImportService
from core.diagnostics.ingest.intake import Intake
from core.diagnostics.models import Quantity, Reading, Sensor, System
from core.diagnostics.rollups.refreshing import RollupService
from core.diagnostics.service import DiagnosticsService
from core.settings import IngestSettings
from core.supervisor import Supervisor
from core.users.rights import OPERATOR
from gateway.mqtt import MqttIntake

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
CYCLE_S = 60
TOGETHER = 500
PERIODS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
_UCI = {
    "PS": (Quantity.PRESSURE, "bar"), "EPS": (Quantity.POWER, "W"), "FS": (Quantity.FLOW, "l/min"),
    "TS": (Quantity.TEMPERATURE, "degC"), "VS": (Quantity.VIBRATION, "mm/s"), "CE": (Quantity.LEVEL, "%"),
    "CP": (Quantity.POWER, "kW"), "SE": (Quantity.LEVEL, "%"),
}  # fmt: skip
_NO_SENSORS = ("profile", "cycle_index")
_SKAB_LABELS = ("datetime", "anomaly", "changepoint")


@dataclass(frozen=True, slots=True)
class Recording:
    """A machine's sensors (code, quantity, unit), and its moments: when, and each sensor's value as it is written."""

    machine: str
    sensors: Sequence[tuple[str, str, str]]
    moments: Sequence[tuple[datetime, Sequence[str]]]

    @property
    def rows(self) -> int:
        """How many readings there are."""
        return len(self.sensors) * len(self.moments)

    def lines(self) -> Iterator[str]:
        """Return the recording as CSV."""
        yield "machine,sensor,time,value"
        for moment, values in self.moments:
            for (code, _, _), value in zip(self.sensors, values, strict=True):
                yield f"{self.machine},{code},{moment.isoformat()},{value}"

    def messages(self) -> Iterator[str]:
        """Return it as MQTT payloads."""
        for moment, values in self.moments:
            named = {code: float(value) for (code, _, _), value in zip(self.sensors, values, strict=True)}
            yield json.dumps({"time": moment.isoformat(), "values": named})


def read_uci(folder: Path, cycles: int | None = None) -> Recording:
    """Read the sensors' files, sorted by name; each cycle follows the one before."""
    sensors, columns = [], []
    for path in sorted(folder.glob("*.tsv")):
        if path.stem in _NO_SENSORS:
            continue
        quantity, unit = _UCI[path.stem.rstrip("0123456789")]
        sensors.append((path.stem, str(quantity), unit))
        rows = path.read_text().splitlines()[:cycles]
        columns.append([value for row in rows for value in row.split("\t")])
    moments = [(BEGIN + timedelta(seconds=n), values) for n, values in enumerate(zip(*columns, strict=True))]
    return Recording("uci", sensors, moments)


def read_skab(path: Path) -> Recording:
    """Read a file; labels of anomalies are left out. What its columns measure is said by their names."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    names = [name for name in rows[0] if name not in _SKAB_LABELS]
    sensors = [(name.replace(" ", "-").lower(), *_skab_quantity(name)) for name in names]
    moments = {
        datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC): [row[name] for name in names] for row in rows
    }
    return Recording("skab", sensors, list(moments.items()))


def _skab_quantity(name: str) -> tuple[str, str]:
    """Return quantity and unit, by SKAB's description of its columns."""
    known = {
        "Pressure": (Quantity.PRESSURE, "bar"), "Temperature": (Quantity.TEMPERATURE, "degC"),
        "Thermocouple": (Quantity.TEMPERATURE, "degC"), "Volume Flow RateRMS": (Quantity.FLOW, "l/min"),
        "Current": (Quantity.POWER, "ampere"), "Voltage": (Quantity.POWER, "volt"),
    }  # fmt: skip
    quantity, unit = known.get(name, (Quantity.VIBRATION, "m/s2"))
    return str(quantity), unit


def main() -> None:
    """Replay, compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uci", type=Path, metavar="DIR")
    parser.add_argument("--skab", type=Path, metavar="FILE")
    parser.add_argument("--cycles", type=int, metavar="N", help="of UCI's; all, if not given")
    parser.add_argument("--url", help="a PostgreSQL server on which databases may be made")
    parser.add_argument("--json", action="store_true", help="print the JSON object only")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    recordings = [read_uci(options.uci, options.cycles)] if options.uci else []
    recordings += [read_skab(options.skab)] if options.skab else []
    if not recordings:
        parser.error("nothing to replay: give --uci or --skab")
    figures = asyncio.run(_replay(recordings, options.url))
    if not options.json:
        for name, value in figures.items():
            print(f"{name:18} {value}")
    print(json.dumps(figures))


async def _replay(recordings: Sequence[Recording], url: str | None) -> dict[str, int]:
    async with server(url) as address, database(address) as one, database(address) as other:
        return await compare(recordings, one, other)


async def compare(recordings: Sequence[Recording], mqtt_url: str, file_url: str) -> dict[str, int]:
    """Replay into two databases, by MQTT and from files; return how they differ."""
    by_mqtt, by_file = create_engine(mqtt_url), create_engine(file_url)
    try:
        for engine in (by_mqtt, by_file):
            await _machines(engine, recordings)
        await _send_files(by_file, recordings)
        tell("files are in")
        await _send_messages(by_mqtt, recordings)
        tell("messages are in")
        for engine in (by_mqtt, by_file):
            await RollupService(engine).refresh()
        one, other = await _table(by_mqtt), await _table(by_file)
        seen = [await _summaries(engine, recordings) for engine in (by_mqtt, by_file)]
        return {
            "rows": len(other),
            "sent": sum(recording.rows for recording in recordings),
            "tables_differ": len(one ^ other),
            "summaries": len(seen[0]),
            "summaries_differ": sum(a != b for a, b in zip(*seen, strict=True)),
        }
    finally:
        await by_mqtt.dispose()
        await by_file.dispose()


async def _machines(engine: AsyncEngine, recordings: Iterable[Recording]) -> None:
    async with create_session_factory(engine).begin() as session:
        for recording in recordings:
            system = System(code=recording.machine, names={"en": recording.machine}, kind="rig")
            system.sensors = [
                Sensor(code=code, names={"en": code}, quantity=quantity, unit=unit, sampling_s=1.0)
                for code, quantity, unit in recording.sensors
            ]
            session.add(system)


async def _send_files(engine: AsyncEngine, recordings: Iterable[Recording]) -> None:
    sessions = create_session_factory(engine)
    imports = ImportService(sessions, Intake(sessions, utc_now))
    with tempfile.TemporaryDirectory(prefix="hydrodiag-replay-") as folder:
        for recording in recordings:
            path = Path(folder) / f"{recording.machine}.csv"
            path.write_text("\n".join(recording.lines()))
            receipt = await imports.run(OPERATOR, path)
            tell(f"{recording.machine}: {receipt.accepted:,} accepted, refused {dict(receipt.refused)}")


async def _send_messages(engine: AsyncEngine, recordings: Sequence[Recording]) -> None:
    sessions, supervisor = create_session_factory(engine), Supervisor()
    async with broker() as port:
        listener = MqttIntake(Intake(sessions, utc_now), utc_now, IngestSettings(), f"mqtt://127.0.0.1:{port}")
        supervisor.start(listener.run(), name="mqtt")
        try:
            while not listener.connected:
                await asyncio.sleep(0.05)
            for recording in recordings:
                await _publish(port, f"plant/{recording.machine}", recording.messages())
            await _arrived(engine, sum(recording.rows for recording in recordings))
        finally:
            await supervisor.drain(0)


async def _publish(port: int, topic: str, messages: Iterator[str]) -> None:
    async with aiomqtt.Client("127.0.0.1", port, max_concurrent_outgoing_calls=100) as client:
        client.pending_calls_threshold = 2 * TOGETHER
        while batch := list(islice(messages, TOGETHER)):
            await asyncio.gather(*(client.publish(topic, message, qos=1) for message in batch))


async def _arrived(engine: AsyncEngine, rows: int) -> None:
    """Wait until all is there, or nothing more comes."""
    last, quiet = -1, 0
    while quiet < 100:
        async with engine.connect() as connection:
            now = await connection.scalar(select(func.count()).select_from(Reading)) or 0
        if now >= rows:
            return
        last, quiet = now, 0 if now != last else quiet + 1
        await asyncio.sleep(0.1)


async def _table(engine: AsyncEngine) -> set[tuple[object, ...]]:
    query = (
        select(System.code, Sensor.code, Reading.time, Reading.value, Reading.quality)
        .join(Sensor, Sensor.id == Reading.sensor_id)
        .join(Sensor.system)
    )
    async with engine.connect() as connection:
        return {tuple(row) for row in await connection.execute(query)}


async def _summaries(engine: AsyncEngine, recordings: Iterable[Recording]) -> list[list[tuple[object, ...]]]:
    """Return what a person would be shown: each machine over each period."""
    seen: list[list[tuple[object, ...]]] = []
    for recording in recordings:
        end = recording.moments[-1][0]
        service = DiagnosticsService(create_session_factory(engine), lambda end=end: end)  # type: ignore[misc]
        for period in PERIODS:
            summary = await service.summary(OPERATOR, recording.machine, period)
            seen.append(
                [
                    (one.status.sensor.code, one.status.last, one.series, one.statistics, one.trend, one.baseline)
                    for one in summary.sensors
                ]
            )
    return seen


if __name__ == "__main__":
    main()
