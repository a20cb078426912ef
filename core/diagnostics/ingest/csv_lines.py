"""Readings as CSV with a heading line, as spreadsheets and loggers write it, in English or Russian."""

import csv
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from operator import itemgetter

from core.diagnostics.ingest.blocks import Block, Reason, Refused
from core.diagnostics.ingest.json_lines import block_of, full_name
from core.errors import BadInputError

_HEADINGS = {
    "sensor": ("sensor", "sensor_id", "tag", "датчик", "тег"),
    "machine": ("machine", "system", "машина"),
    "time": ("time", "ts", "timestamp", "время", "дата"),
    "value": ("value", "значение"),
    "unit": ("unit", "единица", "ед"),
    "quality": ("quality", "качество"),
}
_NEEDED = ("sensor", "time", "value")
_DELIMITERS = (";", "\t", ",")
_ENCODINGS = ("utf-8-sig", "cp1251")
"""Russian spreadsheets still write the second."""


class BadHeadingError(BadInputError):
    """The first line must name the columns: sensor, time and value at least."""

    key = "readings-error-heading"


class CsvFormat:
    """What the heading line says: which column is what, how columns are parted and how letters are written."""

    def __init__(self, heading: bytes, zone: tzinfo | None = None) -> None:
        """Read the heading.

        Raises:
            BadHeadingError: it lacks a column that is needed.
        """
        self._zone = zone
        self._encoding, text = _decoded(heading)
        self._delimiter = max(_DELIMITERS, key=text.count)
        names = [name.strip().strip('"').casefold() for name in text.split(self._delimiter)]
        self._columns = {
            part: names.index(known[0])
            for part, ways in _HEADINGS.items()
            if (known := [name for name in names if name in ways])
        }
        if missing := [part for part in _NEEDED if part not in self._columns]:
            raise BadHeadingError(f"the heading lacks {', '.join(missing)}", missing=", ".join(missing))
        self._width = len(names)

    def read(self, lines: Sequence[bytes]) -> Block:
        """Read `lines` that stand below the heading."""
        try:
            texts = b"\n".join(lines).decode(self._encoding.removesuffix("-sig")).split("\n")
        except UnicodeDecodeError:
            return self._one_by_one(lines)
        if b'"' in b"".join(lines):  # an open quote would swallow the lines behind it
            return self._one_by_one(lines)
        cells = [text.split(self._delimiter) for text in texts]
        if any(len(row) != self._width for row in cells):
            return self._one_by_one(lines)
        return self._block(cells, texts)

    def _one_by_one(self, lines: Sequence[bytes]) -> Block:
        cells, texts, refused = [], [], []
        for line in lines:
            try:
                text = line.decode(self._encoding.removesuffix("-sig"))
                (row,) = csv.reader([text], delimiter=self._delimiter, strict=True)
                if len(row) != self._width:
                    raise ValueError("another number of columns")
            except (ValueError, csv.Error):
                refused.append(Refused(Reason.UNPARSABLE, line))
            else:
                cells.append(row)
                texts.append(text)
        block = self._block(cells, texts)
        block.refused += refused
        return block

    def _block(self, cells: list[list[str]], texts: list[str]) -> Block:
        if not cells:
            return block_of([], [], self._zone)
        columns = {part: tuple(map(itemgetter(index), cells)) for part, index in self._columns.items()}
        nothing = ("",) * len(cells)
        sensors: Iterable[str] = columns["sensor"]
        if "machine" in columns:
            sensors = map(full_name, columns["machine"], sensors)
        return Block(
            tuple(sensors),
            columns["time"],
            columns["value"],
            columns.get("unit", nothing),
            columns.get("quality", nothing),
            texts,
            self._zone,
        )


def _decoded(heading: bytes) -> tuple[str, str]:
    for encoding in _ENCODINGS:
        try:
            return encoding, heading.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadHeadingError("the heading is no text", missing=", ".join(_NEEDED))
