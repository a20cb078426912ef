"""PDF to blocks: reading order, headings by the size of their letters, ruled tables as rows, the page of each."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
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
from core.rag.pdf_tables import Box, Item, Line, Table, joined, read_table, whole_tables

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
_NUMBERS = re.compile(r"\d+")
_FILE_NAME = re.compile(r"^(?:untitled|microsoft word.*|.*\.(?:docx?|dvi|indd|fm|pdf|xlsx?|rtf|qxd))$", re.IGNORECASE)


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
    return ParsedDocument(tuple(_blocks(whole_tables(kept), outline)), outline.title, count, empty)


def _title(found: object) -> str | None:
    title = " ".join(str(found or "").split())
    return None if not title or _FILE_NAME.match(title) or not title.isprintable() else title


def _items(page: Page) -> list[Item]:
    """Return lines in reading order; a table stands behind the nearest line above it."""
    number, height = page.page_number, float(page.height)
    found = [_line(raw, number, height) for raw in page.objects.get("textlinehorizontal", ())]
    top = min((line.top for line in found if line.text and not line.marginal), default=height)
    tables = [table for one in _tables(page) if (table := read_table(one, number, height, top))]
    lines: list[Item] = [line for line in found if line.text and not any(_within(line, t.box) for t in tables)]
    for table in sorted(tables, key=lambda table: table.box[1]):
        lines.insert(_place(lines, table.box), table)
    page.close()
    return lines


def _line(raw: dict[str, Any], page: int, height: float) -> Line:
    text = " ".join(raw["text"].replace("\0", "").split())
    marginal = raw["bottom"] < _MARGIN * height or raw["top"] > (1 - _MARGIN) * height
    size = round((raw["bottom"] - raw["top"]) * 2) / 2
    return Line(text, size, raw["x0"], raw["x1"], raw["top"], raw["bottom"], page, marginal)


def _place(items: Sequence[Item], box: Box) -> int:
    """Return where a table belongs: behind the nearest line above it."""
    x0, top, x1, _ = box
    above = [
        (top - item.bottom + max(0.0, x0 - item.x1, item.x0 - x1), -position)
        for position, item in enumerate(items)
        if isinstance(item, Line) and item.bottom <= top + 1
    ]
    return 1 - min(above)[1] if above else 0


def _tables(page: Page) -> Sequence[Any]:
    return page.find_tables() if len(page.edges) <= _MOST_STROKES else ()


def _within(line: Line, box: Box) -> bool:
    x0, top, x1, bottom = box
    return top <= (line.top + line.bottom) / 2 <= bottom and x0 <= (line.x0 + line.x1) / 2 <= x1


def _without_running_lines(items: Sequence[Item], pages: int) -> list[Item]:
    """Leave out headers, footers and page numbers: the same words, but for numbers, at the ends of many pages."""
    places = {(_numberless(item), item.page) for item in items if item.marginal}
    counted = Counter(words for words, _ in places)
    least = max(_LEAST_REPEATED, pages * _REPEATED)
    return [item for item in items if not (item.marginal and counted[_numberless(item)] >= least)]


def _numberless(item: Item) -> str:
    return _NUMBERS.sub("#", item.text if isinstance(item, Line) else "\n".join(item.lines))


def _blocks(items: Sequence[Item], outline: Outline) -> Iterator[Block]:
    levels = _heading_levels(items)
    paragraph: list[Line] = []
    for item in items:
        level = levels.get(item.size) if isinstance(item, Line) and len(item.text) <= _LONGEST_HEADING else None
        if isinstance(item, Line) and level is None and _continues(paragraph, item):
            paragraph.append(item)
            continue
        yield from _flush(paragraph, outline)
        paragraph = []
        if isinstance(item, Table):
            pages = item.pages if len(set(item.pages)) > 1 else ()
            yield Block(BlockKind.TABLE, "\n".join(item.lines), outline.path, item.page, pages)
        elif level is None:
            paragraph = [item]
        else:
            outline.enter(level, item.text)
    yield from _flush(paragraph, outline)


def _flush(paragraph: Sequence[Line], outline: Outline) -> Iterator[Block]:
    if paragraph:
        yield Block(BlockKind.TEXT, joined([line.text for line in paragraph]), outline.path, paragraph[0].page)


def _heading_levels(items: Sequence[Item]) -> dict[float, int]:
    """Return the levels of the sizes that are headings'."""
    letters: Counter[float] = Counter()
    for item in items:
        if isinstance(item, Line):
            letters[item.size] += len(item.text)
    if not letters:
        return {}
    body = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size >= body * _HEADING_RATIO), reverse=True)
    return {size: min(position, _LEVELS) for position, size in enumerate(larger, 1)}


def _continues(paragraph: Sequence[Line], line: Line) -> bool:
    if not paragraph:
        return False
    last = paragraph[-1]
    gap = line.top - last.bottom
    return last.page == line.page and last.size == line.size and -last.size < gap < _SAME_PARAGRAPH * last.size
