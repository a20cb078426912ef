"""Files of readings as blocks: CSV, JSON lines, both also gzipped, and Parquet."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import tzinfo
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from core.diagnostics.ingest.blocks import Block
from core.diagnostics.ingest.csv_lines import CsvFormat
from core.diagnostics.ingest.json_lines import read_json_lines
from core.diagnostics.ingest.lines import LineSplitter
from core.errors import BadInputError

BLOCK_ROWS = 50_000
_PIECE = 1024 * 1024
_JSON = (".jsonl", ".ndjson", ".json")
_TEXT = (".csv", *_JSON)
_PARQUET = (".parquet", ".pq")
_PARQUET_OPTIONAL = ("machine", "unit", "quality")


class UnknownFormatError(BadInputError):
    """Readings come as .csv, .jsonl (also .gz) or .parquet."""

    key = "readings-error-format"


class NotAFileOfReadingsError(BadInputError):
    """The file is damaged, or not what its name says."""

    key = "readings-error-file"


class Part(NamedTuple):
    """A piece of a file, and how much of the file (0 to 1) is read with it."""

    block: Block
    done: float


def is_readings(name: str) -> bool:
    """Tell whether a file of this name is one of readings."""
    suffix = Path(name.casefold().removesuffix(".gz")).suffix
    return suffix in _TEXT or (suffix in _PARQUET and name.casefold().endswith(suffix))


def read_file(path: Path, name: str | None = None, zone: tzinfo | None = None) -> Iterator[Part]:
    """Read `path` (known as `name`) piece by piece; `zone` is meant where a time has no offset.

    Raises:
        UnknownFormatError, NotAFileOfReadingsError, BadHeadingError.
    """
    suffixes = [suffix.casefold() for suffix in Path(name or path.name).suffixes]
    packed = suffixes[-1:] == [".gz"]
    kind = suffixes[-2 if packed else -1] if len(suffixes) > packed else ""
    if kind in _PARQUET and not packed:
        return _read_parquet(path, zone)
    if kind == ".csv":
        return _read_lines(path, packed, None, zone)
    if kind in _JSON:
        return _read_lines(path, packed, lambda lines: read_json_lines(lines, zone), zone)
    raise UnknownFormatError(f"{name or path.name} is no file of readings")


def _read_lines(
    path: Path, packed: bool, read: Callable[[list[bytes]], Block] | None, zone: tzinfo | None
) -> Iterator[Part]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if packed else nullcontext(raw) as stream:
        for lines in _batches(stream):
            if read is None:
                read = CsvFormat(lines.pop(0), zone).read
            yield Part(read(lines), raw.tell() / size)


def _batches(stream: "IO[bytes] | gzip.GzipFile") -> Iterator[list[bytes]]:
    splitter, lines = LineSplitter(), list[bytes]()
    try:
        while piece := stream.read(_PIECE):
            lines += splitter.feed(piece)
            while len(lines) >= BLOCK_ROWS:
                yield lines[:BLOCK_ROWS]
                del lines[:BLOCK_ROWS]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise NotAFileOfReadingsError(f"the file is damaged: {error}") from error
    lines += splitter.close()
    if lines:
        yield lines


def _read_parquet(path: Path, zone: tzinfo | None) -> Iterator[Part]:
    import pyarrow  # 60 MB of memory: only where it is used
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            present = set(file.schema_arrow.names)
            if missing := {"sensor", "time", "value"} - present:
                raise NotAFileOfReadingsError(f"{path.name} lacks the columns {', '.join(sorted(missing))}")
            columns = ["sensor", "time", "value", *(name for name in _PARQUET_OPTIONAL if name in present)]
            rows, total = 0, max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(BLOCK_ROWS, columns=columns):
                rows += len(batch)
                lines = [_json(row) for row in batch.to_pylist()]
                yield Part(read_json_lines(lines, zone), rows / total)
    except pyarrow.ArrowException as error:
        raise NotAFileOfReadingsError(f"{path.name} is no Parquet file: {error}") from error


def _json(row: dict[str, object]) -> bytes:
    return orjson.dumps(row, default=str)
