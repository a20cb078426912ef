"""Rows into a file, batch by batch: memory holds one batch, whatever the file comes to."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO
from zoneinfo import ZoneInfo

from core.diagnostics.ingest.units import SAME, Conversion, tidy
from core.diagnostics.models import Sensor
from core.diagnostics.unit_systems import converted, reading_unit
from core.users.models import Units

Row = Sequence[Any]
"""A moment, and what was measured: the columns of its `Detail`."""


class Format(StrEnum):
    """Kinds of files; the value is the file's suffix."""

    CSV = "csv"
    PARQUET = "parquet"


class Detail(StrEnum):
    """What a row is: a reading, or the good readings of a minute or an hour."""

    READINGS = "readings"
    MINUTES = "minutes"
    HOURS = "hours"


class Writer(Protocol):
    """An open file."""

    def write(self, sensor: Sensor, rows: Sequence[Row]) -> int:
        """Add a sensor's rows; return how many bytes the file has come to. Blocks."""
        ...


class _UnitWriter(Protocol):
    """An open file of values as they come."""

    def write(self, sensor: str, unit: str, rows: Sequence[Row]) -> int: ...


_OF_READINGS = ("value", "quality")
_OF_BUCKETS = ("count", "outside", "minimum", "mean", "maximum")
_MEASURED = {Detail.READINGS: slice(1, 2), Detail.MINUTES: slice(3, 6), Detail.HOURS: slice(3, 6)}
"""The parts of a row that have the sensor's unit."""


def columns(detail: Detail) -> tuple[str, ...]:
    """Return the names of a row's parts after the moment."""
    return _OF_READINGS if detail is Detail.READINGS else _OF_BUCKETS


@contextmanager
def open_writer(
    path: Path, kind: Format, detail: Detail, zone: ZoneInfo, units: Units = Units.METRIC
) -> Iterator[Writer]:
    """Open `path` for rows of `detail`, values in `units`; CSV tells times in `zone`, with offset, Parquet in UTC."""
    with (_csv if kind is Format.CSV else _parquet)(path, detail, zone) as writer:
        yield _InUnits(writer, _MEASURED[detail], units)


class _InUnits:
    """Hands rows on in the unit that the reader has chosen."""

    def __init__(self, writer: "_UnitWriter", measured: slice, units: Units) -> None:
        self._writer, self._measured, self._units = writer, measured, units

    def write(self, sensor: Sensor, rows: Sequence[Row]) -> int:
        unit, how = reading_unit(sensor.unit, self._units)
        if how != SAME:
            rows = [self._in_unit(row, how) for row in rows]
        return self._writer.write(sensor.code, unit, rows)

    def _in_unit(self, row: Row, how: Conversion) -> Row:
        values = list(row)
        values[self._measured] = [tidy(converted(value, how)) for value in values[self._measured]]
        return values


class _CsvWriter:
    def __init__(self, file: TextIO, zone: ZoneInfo) -> None:
        self._file, self._writer, self._zone = file, csv.writer(file), zone

    def write(self, sensor: str, unit: str, rows: Sequence[Row]) -> int:
        what, zone = (sensor, unit), self._zone
        self._writer.writerows((_written(time, zone), *what, *values) for time, *values in rows)
        return self._file.tell()

    def heading(self, detail: Detail) -> None:
        self._writer.writerow(["time", "sensor", "unit", *columns(detail)])


def _written(time: datetime, zone: ZoneInfo) -> str:
    return time.astimezone(zone).isoformat()


@contextmanager
def _csv(path: Path, detail: Detail, zone: ZoneInfo) -> Iterator[_UnitWriter]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel the encoding
        writer = _CsvWriter(file, zone)
        writer.heading(detail)
        yield writer


@contextmanager
def _parquet(path: Path, detail: Detail, _: ZoneInfo) -> Iterator[_UnitWriter]:
    import pyarrow  # 60 MB of memory: only where it is used
    from pyarrow import parquet

    word = pyarrow.dictionary(pyarrow.int16(), pyarrow.string())
    kinds = {"quality": pyarrow.int16(), "count": pyarrow.int64(), "outside": pyarrow.int64()}
    names = columns(detail)
    schema = pyarrow.schema(
        [
            ("time", pyarrow.timestamp("us", tz="UTC")),
            ("sensor", word),
            ("unit", word),
            *((name, kinds.get(name, pyarrow.float64())) for name in names),
        ]
    )

    class ParquetWriter:
        def write(self, sensor: str, unit: str, rows: Sequence[Row]) -> int:
            times, *values = zip(*rows, strict=True)
            same = ([sensor] * len(rows), [unit] * len(rows))
            arrays = [
                pyarrow.array(column, type=field.type)
                for column, field in zip((times, *same, *values), schema, strict=True)
            ]
            file.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            return raw.tell()

    with path.open("wb") as raw, parquet.ParquetWriter(raw, schema, compression="zstd") as file:
        yield ParquetWriter()
