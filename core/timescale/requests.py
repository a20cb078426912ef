"""What follows a maintenance command: a table, and what shall be done with it. Whatever is no number, date or span is
the table's name, as strange as it may be: the database says whether there is such a table."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import BadInputError
from core.timescale.spans import read_span, split_span
from core.timescale.tables import READINGS, NoSuchTableError

_DAY = r"\d{4}-\d{2}-\d{2}"
_DAYS = re.compile(
    rf"(?P<before>.*?)(?P<first>{_DAY})(?:\s+|\s*[–—]\s*|\s+-\s+)(?P<last>{_DAY})(?P<after>.*)", re.DOTALL
)
_COUNT = re.compile(r"(?P<table>.*?)\s*(?<!\S)(?P<count>\d{1,4})", re.DOTALL)
_EVERYTHING = frozenset({"everything", "всё", "все"})
_DEFAULT = frozenset({"default", "settings", "обычно"})
_FIELDS = {
    "chunk": "chunk_interval", "chunks": "chunk_interval", "чанк": "chunk_interval", "чанки": "chunk_interval",
    "compress": "compress_after", "сжатие": "compress_after", "сжимать": "compress_after",
    "retain": "retain_for", "keep": "retain_for", "хранить": "retain_for", "хранение": "retain_for",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """From midnight to midnight; the last day counts. `before` and `after` are the words around them."""

    start: datetime
    end: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Aged:
    """A table and an age; `everything`: even if nothing is left, which takes the table's name written out."""

    table: str
    span: timedelta | None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Declaration:
    """A field of a table's policy; `value` None: as the settings say."""

    table: str
    field: str
    value: timedelta | None


class NeitherTableNorAgeError(BadInputError):
    """What was written is no table and no span of time."""

    key = "timescale-error-no-table-no-age"


class NeitherTableNorCountError(BadInputError):
    """What was written is no table, no number of chunks and no two dates."""

    key = "timescale-error-no-table-no-count"


@contextmanager
def perhaps_not_a_table(words: str, error: type[BadInputError], *, doubtful: bool) -> Iterator[None]:
    """Where there is no table called `words`, and nothing else was written either, they may have been meant otherwise.

    Raises:
        `error`: instead of NoSuchTableError.
    """
    try:
        yield
    except NoSuchTableError as missing:
        if doubtful:
            raise error(str(missing), words=words) from missing
        raise


def read_days(words: str, zone: ZoneInfo) -> Days | None:
    """Read "2026-01-01 2026-03-31" with whatever stands around it; None where there are no two dates."""
    match = _DAYS.fullmatch(words)
    if match is None:
        return None
    try:
        first, last = (datetime.fromisoformat(match[name]).replace(tzinfo=zone) for name in ("first", "last"))
        return Days(first, last + timedelta(days=1), match["before"].strip(), match["after"].strip())
    except (ValueError, OverflowError):
        return None


def read_count(words: str) -> tuple[str, int | None]:
    """Read "sensor_data 4", "4" or "sensor_data"."""
    match = _COUNT.fullmatch(words.strip())
    if match is None:
        return words.strip() or READINGS, None
    return match["table"] or READINGS, int(match["count"])


def read_aged(words: str) -> Aged:
    """Read "30d", "sensor_data 30d", "sensor_data 30d everything"."""
    *start, last = words.split() or [""]
    forced = last.lower() in _EVERYTHING
    table, span = split_span(" ".join(start) if forced else words)
    return Aged(table or READINGS, span, everything=forced and bool(table))


def read_declaration(words: str) -> Declaration | None:
    """Read "retain 90d", "sensor_data compress default"; None where it declares nothing.

    Raises:
        BadSpanError: what follows the field is no span.
    """
    *start, last = words.split() or [""]
    if start and last.lower() in _DEFAULT:
        rest, value = " ".join(start), None
    else:
        rest, value = split_span(words)
        if value is None:
            if start and start[-1].lower() in _FIELDS:
                read_span(last)
            return None
    *table, field = rest.split() or [""]
    if field.lower() not in _FIELDS:
        return None
    return Declaration(" ".join(table) or READINGS, _FIELDS[field.lower()], value)
