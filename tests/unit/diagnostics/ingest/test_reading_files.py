"""Files become blocks line by line; what is no reading is kept, word for word."""

import gzip
import random
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from core.diagnostics.ingest import files
from core.diagnostics.ingest.blocks import Block, Reason
from core.diagnostics.ingest.csv_lines import BadHeadingError, CsvFormat
from core.diagnostics.ingest.files import NotAFileOfReadingsError, UnknownFormatError, read_file
from core.diagnostics.ingest.json_lines import read_json_lines
from core.diagnostics.ingest.lines import LONGEST_LINE, LineSplitter

TIME = "2026-03-02T08:00:00Z"


def csv(text: str, encoding: str = "utf-8") -> Block:
    heading, *lines = text.encode(encoding).split(b"\n")
    return CsvFormat(heading).read(lines)


def rows(block: Block) -> list[tuple[object, ...]]:
    return list(zip(block.sensors, block.times, block.values, block.units, block.qualities, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_russian_spreadsheets_are_read(encoding: str) -> None:
    block = csv(f"Машина;Датчик;Время;Значение;Единица\nпресс;давление;{TIME};182,4;бар", encoding)
    assert rows(block) == [("пресс/давление", TIME, "182,4", "бар", "")]


def test_columns_come_in_any_order_and_unneeded_ones_are_passed_over() -> None:
    block = csv(f"value,shift,time,sensor,quality\n1.5,B,{TIME},press/p,bad\n2,A,{TIME},press/q,")
    assert rows(block) == [("press/p", TIME, "1.5", "", "bad"), ("press/q", TIME, "2", "", "")]
    assert block.raws == [f"1.5,B,{TIME},press/p,bad", f"2,A,{TIME},press/q,"]


def test_a_quote_left_open_costs_only_its_own_line() -> None:
    block = csv(f'sensor,time,value\n"press/p,{TIME},1\n"press/q",{TIME},2\npress/r,{TIME}\npress/s,{TIME},4')
    assert [row[0] for row in rows(block)] == ["press/q", "press/s"]
    assert [one.raw.decode() for one in block.refused] == [f'"press/p,{TIME},1', f"press/r,{TIME}"]


def test_a_heading_must_name_what_is_needed() -> None:
    with pytest.raises(BadHeadingError, match="sensor, value"):
        CsvFormat(b"time,pressure")


def test_json_tells_one_reading_or_several_of_a_moment() -> None:
    block = read_json_lines(
        [
            b'{"sensor": "press/p", "time": 1772438400, "value": "182.4", "unit": "bar", "quality": 1}',
            b'{"machine": "press", "ts": "2026-03-02T08:00:00Z", "values": {"p": 1, "q": null, "s": true}}',
            b'{"machine": "press", "sensor": "p", "value": 3}',
        ]
    )
    assert rows(block) == [
        ("press/p", 1772438400, "182.4", "bar", 1),
        ("press/p", TIME, 1, "", ""),
        ("press/q", TIME, "", "", ""),
        ("press/s", TIME, "true", "", ""),
        ("press/p", "", 3, "", ""),
    ]


@pytest.mark.parametrize("line", [b"", b"[1]", b"1", b"{", b'{"value": 1}', b'{"sensor": "a"}', b"\xff", b'{"a": NaN}'])
def test_what_is_no_reading_is_refused(line: bytes) -> None:
    block = read_json_lines([line])
    assert [(one.reason, one.raw) for one in block.refused] == [(Reason.UNPARSABLE, line)]
    assert len(block) == 1


@given(st.binary(max_size=400), st.integers(1, 50))
def test_lines_are_the_same_however_they_arrive(data: bytes, size: int) -> None:
    splitter = LineSplitter()
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    lines = [line for piece in pieces for line in splitter.feed(piece)] + splitter.close()
    assert lines == [line for line in map(bytes.rstrip, data.split(b"\n")) if line]


def test_an_endless_line_is_not_kept_in_memory() -> None:
    splitter = LineSplitter()
    pieces = [piece for _ in range(100) for piece in splitter.feed(b"x" * 10_000)] + splitter.close()
    assert sum(map(len, pieces)) == 1_000_000
    assert max(map(len, pieces)) <= LONGEST_LINE


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet"])
def test_every_format_tells_the_same(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK_ROWS", 300)
    values = [random.Random(1).uniform(0, 100) for _ in range(1000)]
    path = tmp_path / f"readings{suffix}"
    if suffix == ".parquet":
        columns = {"sensor": ["press/p"] * 1000, "time": [datetime(2026, 3, 2, 8, tzinfo=UTC)] * 1000, "value": values}
        parquet.write_table(pa.table(columns), path)
    else:
        if suffix.startswith(".csv"):
            text = "sensor,time,value\n" + "".join(f"press/p,{TIME},{value}\n" for value in values)
        else:
            text = "".join(f'{{"sensor":"press/p","time":"{TIME}","value":{value}}}\n' for value in values)
        path.write_bytes(gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode())
    parts = list(read_file(path))
    assert len(parts) == 4
    assert max(len(part.block) for part in parts) <= 300
    assert [float(value) for part in parts for value in part.block.values] == values  # type: ignore[arg-type]
    assert parts[-1].done == 1


def test_damaged_and_foreign_files_are_clear_errors(tmp_path: Path) -> None:
    for name, content in (
        ("a.parquet", b"PAR1nothing"),
        ("a.csv.gz", b"no gzip"),
        ("a.csv.gz", gzip.compress(b"a" * 99)[:-9]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises((NotAFileOfReadingsError, BadHeadingError)):
            list(read_file(path))
    with pytest.raises(UnknownFormatError):
        read_file(tmp_path / "a.xlsx")
