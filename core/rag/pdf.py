"""PDF to blocks: reading order, headings by the size of their letters, ruled tables as rows, the page of each."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from core.rag.blocks import (
    Block,
    BlockKind,
    DamagedDocumentError,
    ParsedDocument,
    ScannedDocumentError,
    TooManyPagesError,
)
from core.rag.media import EncryptedDocumentError
from core.rag.outline import Outline

_HEADING_RATIO = 1.15
"""A line whose letters are that much taller than most of the document's is a heading..."""
_LONGEST_HEADING = 150
"""...if it is no longer than this, characters."""
_LEVELS = 6
_MARGIN = 0.08
"""Headers and footers stand in this share of the page's height at its ends..."""
_REPEATED = 0.5
"""...on at least that share of the pages, three at least."""
_LEAST_REPEATED = 3
_SAME_PARAGRAPH = 0.8
"""Lines of one paragraph are closer than this share of their height."""
_MOST_STROKES = 3000
"""A page with more lines is a drawing: looking for tables there takes minutes and finds none."""
_BULLET = re.compile(r"(?:[•▪◦‣·●○■□–—-]|\(?\d{1,3}[.)]|\(?[a-zа-я]\))\s", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad]$")
_NUMBERS = re.compile(r"\d+")
_FILE_NAME = re.compile(r"^(?:untitled|microsoft word.*|.*\.(?:docx?|dvi|indd|fm|pdf|xlsx?|rtf|qxd))$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of letters `size` points tall; `top` and `bottom` in points from the top of the page."""

    text: str
    size: float
    x0: float
    x1: float
    top: float
    bottom: float
    page: int
    marginal: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of a ruled table."""

    text: str
    page: int


_Item = _Line | _Table
_Box = tuple[float, float, float, float]
"""Left, top, right and bottom, points."""


def parse_pdf(name: str, content: bytes, *, max_pages: int) -> ParsedDocument:
    """Read a PDF.

    Raises:
        EncryptedDocumentError, DamagedDocumentError, TooManyPagesError
        ScannedDocumentError: no page has text.
    """
    try:
        with pdfplumber.open(io.BytesIO(content), laparams={}) as pdf:
            count = sum(1 for _ in islice(PDFPage.create_pages(pdf.doc), max_pages + 1))
            if count > max_pages:
                raise TooManyPagesError(f"{name}: more than {max_pages} pages", name=name, limit=max_pages)
            if not count:
                raise DamagedDocumentError(f"{name}: no pages", name=name)
            items = [item for page in pdf.pages for item in _items(page)]
            title = _title(pdf.metadata.get("Title"))
    except (PdfminerException, PDFPasswordIncorrect, PDFEncryptionError) as error:
        cause = error.args[0] if error.args else error
        if isinstance(error, PDFPasswordIncorrect | PDFEncryptionError) or isinstance(
            cause, PDFPasswordIncorrect | PDFEncryptionError
        ):
            raise EncryptedDocumentError(f"{name}: encrypted", name=name) from error
        raise DamagedDocumentError(f"{name}: {error!r}", name=name) from error
    kept = _without_running_lines(items, count)
    empty = tuple(sorted(set(range(1, count + 1)) - {item.page for item in kept}))
    if not kept:
        raise ScannedDocumentError(f"{name}: {count} pages, none with text", name=name, pages=count)
    outline = Outline(title)
    return ParsedDocument(tuple(_blocks(kept, outline)), outline.title, count, empty)


def _title(found: object) -> str | None:
    title = " ".join(str(found or "").split())
    return None if not title or _FILE_NAME.match(title) or not title.isprintable() else title


def _items(page: Page) -> list[_Item]:
    """Return lines in reading order; a table stands behind the nearest line above it."""
    number, height = page.page_number, float(page.height)
    tables = [(table.bbox, rows) for table in _tables(page) if (rows := _rows(table.extract()))]
    lines: list[_Item] = []
    for raw in page.objects.get("textlinehorizontal", ()):
        text = " ".join(raw["text"].replace("\0", "").split())
        if text and not any(_within(raw, box) for box, _ in tables):
            marginal = raw["bottom"] < _MARGIN * height or raw["top"] > (1 - _MARGIN) * height
            size = round((raw["bottom"] - raw["top"]) * 2) / 2
            lines.append(_Line(text, size, raw["x0"], raw["x1"], raw["top"], raw["bottom"], number, marginal))
    for box, rows in sorted(tables, key=lambda table: table[0][1]):
        lines.insert(_place(lines, box), _Table(rows, number))
    page.close()
    return lines


def _place(items: Sequence[_Item], box: _Box) -> int:
    """Return where a table belongs: behind the nearest line above it."""
    x0, top, x1, _ = box
    above = [
        (top - item.bottom + max(0.0, x0 - item.x1, item.x0 - x1), -position)
        for position, item in enumerate(items)
        if isinstance(item, _Line) and item.bottom <= top + 1
    ]
    return 1 - min(above)[1] if above else 0


def _tables(page: Page) -> Sequence[Any]:
    return page.find_tables() if len(page.edges) <= _MOST_STROKES else ()


def _rows(cells: list[list[str | None]]) -> str:
    """Return a row per line; nothing for a mere frame around text."""
    rows = [[" ".join((cell or "").split()) for cell in row] for row in cells]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return ""
    return "\n".join(" | ".join(row) for row in rows)


def _within(line: dict[str, Any], box: _Box) -> bool:
    x0, top, x1, bottom = box
    middle = (line["top"] + line["bottom"]) / 2
    return bool(top <= middle <= bottom and x0 <= (line["x0"] + line["x1"]) / 2 <= x1)


def _without_running_lines(items: Sequence[_Item], pages: int) -> list[_Item]:
    """Leave out headers, footers and page numbers: the same words, but for numbers, at the ends of many pages."""
    places = {(_numberless(item), item.page) for item in items if isinstance(item, _Line) and item.marginal}
    counted = Counter(words for words, _ in places)
    least = max(_LEAST_REPEATED, pages * _REPEATED)
    return [
        item
        for item in items
        if not (isinstance(item, _Line) and item.marginal and counted[_numberless(item)] >= least)
    ]


def _numberless(line: _Line) -> str:
    return _NUMBERS.sub("#", line.text)


def _blocks(items: Sequence[_Item], outline: Outline) -> Iterator[Block]:
    levels = _heading_levels(items)
    paragraph: list[_Line] = []
    for item in items:
        level = levels.get(item.size) if isinstance(item, _Line) and len(item.text) <= _LONGEST_HEADING else None
        if isinstance(item, _Line) and level is None and _continues(paragraph, item):
            paragraph.append(item)
            continue
        yield from _flush(paragraph, outline)
        paragraph = []
        if isinstance(item, _Table):
            yield Block(BlockKind.TABLE, item.text, outline.path, item.page)
        elif level is None:
            paragraph = [item]
        else:
            outline.enter(level, item.text)
    yield from _flush(paragraph, outline)


def _flush(paragraph: Sequence[_Line], outline: Outline) -> Iterator[Block]:
    if paragraph:
        yield Block(BlockKind.TEXT, _joined(paragraph), outline.path, paragraph[0].page)


def _heading_levels(items: Sequence[_Item]) -> dict[float, int]:
    """Return the levels of the sizes that are headings'."""
    letters: Counter[float] = Counter()
    for item in items:
        if isinstance(item, _Line):
            letters[item.size] += len(item.text)
    if not letters:
        return {}
    body = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size >= body * _HEADING_RATIO), reverse=True)
    return {size: min(position, _LEVELS) for position, size in enumerate(larger, 1)}


def _continues(paragraph: Sequence[_Line], line: _Line) -> bool:
    if not paragraph:
        return False
    last = paragraph[-1]
    gap = line.top - last.bottom
    return last.page == line.page and last.size == line.size and -last.size < gap < _SAME_PARAGRAPH * last.size


def _joined(lines: Sequence[_Line]) -> str:
    """Join lines; a word divided at the end of one becomes whole, an item of a list keeps its own line."""
    text = lines[0].text
    for line in lines[1:]:
        if _BULLET.match(line.text):
            text += "\n" + line.text
        elif _HYPHENATED.search(text) and line.text[:1].islower():
            text = text[:-1] + line.text
        else:
            text += " " + line.text
    return text
