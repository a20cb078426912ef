"""Ruled tables of a PDF: merged cells, and tables that go on over the pages."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.rag.tables import Cell, table_lines

_TOUCHING = 3.0
"""Lines of a table that are nearer to each other, points, are one."""
_HEAD_LINES = 3
_MARGIN = 0.2
"""Frames with a manual's name, number and page stand in this share of the page's height at its ends."""
_CONTINUED = re.compile(
    r"(?:продолжение|окончание|конец) табл|\(?(?:continued|продолжение)\b|table\b.{0,100}\bcont(?:inued|\.|'d)",
    re.IGNORECASE,
)
"""Captions of the part of a table on the next page."""
_BULLET = re.compile(r"(?:[•▪◦‣·●○■□–—-]|\(?\d{1,3}[.)]|\(?[a-zа-я]\))\s", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad]$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of letters `size` points tall; `top` and `bottom` in points from the top of the page."""

    text: str
    size: float
    x0: float
    x1: float
    top: float
    bottom: float
    page: int
    marginal: bool


Box = tuple[float, float, float, float]
"""Left, top, right and bottom, points."""


@dataclass(frozen=True, slots=True)
class Table:
    """Lines of a ruled table, the page of each, and where its `columns` begin and the last one ends, points."""

    lines: tuple[str, ...]
    pages: tuple[int, ...]
    box: Box
    columns: tuple[float, ...]
    marginal: bool

    @property
    def page(self) -> int:
        """Where it begins."""
        return self.pages[0]


Item = Line | Table


def read_table(found: Any, page: int, height: float, first_line: float) -> Table | None:
    """Return a table of a page `height` points tall; None for a mere frame around text. A single row may be the rest
    of a table, at the page's top.
    """
    tops, lefts = (sorted({box[side] for box in found.cells}) for side in (1, 0))
    rows = zip(found.rows, found.extract(), strict=True)
    texts = {box: text for row, words in rows for box, text in zip(row.cells, words, strict=True) if box}
    cells = [
        Cell(
            row := bisect_left(tops, box[1]),
            column := bisect_left(lefts, box[0]),
            _joined_words(text or ""),
            max(1, bisect_left(tops, box[3] - _TOUCHING) - row),
            max(1, bisect_left(lefts, box[2] - _TOUCHING) - column),
        )
        for box, text in texts.items()
    ]
    lines = tuple(table_lines(cells))
    if len(lefts) < 2 or not lines or (len(lines) < 2 and found.bbox[1] > first_line):
        return None
    marginal = found.bbox[3] < _MARGIN * height or found.bbox[1] > (1 - _MARGIN) * height
    return Table(lines, (page,) * len(lines), found.bbox, (*lefts, found.bbox[2]), marginal)


def _joined_words(text: str) -> str:
    lines = text.replace("\0", "").split("\n")
    return " ".join(joined(lines).split())


def whole_tables(items: Sequence[Item]) -> list[Item]:
    """Join tables that go on at the top of the next page, where only margins and a caption are between the parts."""
    whole: list[Item] = []
    for item in items:
        begun = _begun(whole, item) if isinstance(item, Table) else None
        if begun is None or not isinstance(item, Table):
            whole.append(item)
            continue
        place, table = begun
        more = _without_head(item.lines, table.lines)
        pages = (*table.pages, *(item.page for _ in more))
        whole[place] = replace(table, lines=(*table.lines, *more), pages=pages)
        whole[place + 1 :] = [one for one in whole[place + 1 :] if isinstance(one, Line) and one.marginal]
    return whole


def _begun(items: Sequence[Item], table: Table) -> tuple[int, Table] | None:
    """Return the table that `table` goes on with, and its place."""
    for place in range(len(items) - 1, -1, -1):
        item = items[place]
        if isinstance(item, Table):
            return (place, item) if item.pages[-1] == table.page - 1 and _same_columns(item, table) else None
        if not item.marginal and not _CONTINUED.match(item.text):
            break
    return None


def _same_columns(one: Table, other: Table) -> bool:
    """Tell whether the columns are as wide; pages for two-sided printing have other margins left and right."""
    pairs = zip(one.columns, other.columns, strict=False)
    return len(one.columns) == len(other.columns) and all(
        abs((left - one.columns[0]) - (right - other.columns[0])) <= _TOUCHING for left, right in pairs
    )


def _without_head(lines: Sequence[str], before: Sequence[str]) -> Sequence[str]:
    """Leave out the lines of the head, the row of column numbers too, that are printed again."""
    head = before[:_HEAD_LINES]
    repeated = next((n for n, line in enumerate(lines) if line not in head), len(lines))
    return lines[repeated:]


def joined(lines: Sequence[str]) -> str:
    """Join lines; a word divided at the end of one becomes whole, an item of a list keeps its own line."""
    text = lines[0]
    for line in lines[1:]:
        if _BULLET.match(line):
            text += "\n" + line
        elif _HYPHENATED.search(text) and line[:1].islower():
            text = text[:-1] + line
        else:
            text += " " + line
    return text
