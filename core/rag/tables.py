"""Tables as text: a row a line, cells side by side; what is merged is said in every row and column it stands for."""

from collections.abc import Sequence
from dataclasses import dataclass

SEPARATOR = " | "
_MOST_PLACES = 100_000
"""Of a table with more places than that (cells may claim to span thousands) the spans are not followed."""
_DEEPEST_HEAD = 3


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A cell by its place, from 0, and how many `rows` and `columns` it spans."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1


_Row = list[Cell | None]


def table_lines(cells: Sequence[Cell]) -> list[str]:
    """Return the rows that have any words.

    A cell over several columns or rows is repeated in each, but for one over the whole row; the lines of a head in
    several rows become one: `Pressure, bar: min | Pressure, bar: max`.
    """
    rows = _grid(cells)
    depth = _head(rows)
    head = [": ".join(dict.fromkeys(filter(None, map(_text, column)))) for column in zip(*rows[:depth], strict=True)]
    lines = [SEPARATOR.join(head)] if depth > 1 else [_line(row) for row in rows[:depth]]
    lines += [_line(row) for row in rows[depth:]]
    return [line for line in lines if line.replace(SEPARATOR.strip(), "").strip()]


def _grid(cells: Sequence[Cell]) -> list[_Row]:
    height = max((cell.row + cell.rows for cell in cells), default=0)
    width = max((cell.column + cell.columns for cell in cells), default=0)
    spans = height * width <= _MOST_PLACES
    if not spans:
        height = max(cell.row for cell in cells) + 1
        width = max(cell.column for cell in cells) + 1
    rows: list[_Row] = [[None] * width for _ in range(height)]
    for cell in cells:
        for row in range(cell.row, cell.row + cell.rows if spans else cell.row + 1):
            for column in range(cell.column, cell.column + cell.columns if spans else cell.column + 1):
                rows[row][column] = rows[row][column] or cell
    return rows


def _head(rows: Sequence[_Row]) -> int:
    """Return how many rows the head has: more than one where one of its cells stands over others."""
    if len(rows) < 2:
        return len(rows)
    first, below = rows[0], rows[1]
    over = [cell is not None and 1 < cell.columns < len(first) for cell in first]
    if not any(over):
        return 1
    depth = max(cell.rows for cell in first if cell)
    if depth == 1 and not any(_text(cell) for cell, spanned in zip(below, over, strict=True) if not spanned):
        depth = 2
    return min(depth, _DEEPEST_HEAD, len(rows))


def _line(row: _Row) -> str:
    if row[0] is not None and row.count(row[0]) == len(row):
        return row[0].text
    return SEPARATOR.join(map(_text, row))


def _text(cell: Cell | None) -> str:
    return cell.text if cell else ""
