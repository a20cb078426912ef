"""HTML to blocks: what a browser would show of it, without menus and scripts."""

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree, html

from core.rag.blocks import Block, BlockKind, ParsedDocument
from core.rag.outline import Outline
from core.rag.tables import Cell, table_lines

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_.:-]{1,40})""", re.IGNORECASE)
_HEAD = 4096
"""Browsers look for a declared encoding in the first kilobytes only."""
_LEFT_OUT = {
    *("script", "style", "noscript", "template", "head", "svg", "math", "canvas", "audio", "video"),
    *("nav", "form", "button", "select", "iframe", "object", "embed"),
}
_OWN_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "center", "details", "summary", "div", "fieldset", "main"),
    *("figcaption", "figure", "footer", "header", "section", "hr", "p", "dd", "dl", "dt", "li", "ol", "ul"),
    *("td", "th", "tr"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_WIDEST = 100
"""Columns or rows that a cell may span: who claims more is not believed."""
_LONGEST_NUMBER = 6
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def declared_encoding(content: bytes) -> str | None:
    """Return the encoding that the page says it has."""
    match = _CHARSET.search(content[:_HEAD])
    return match[1].decode("ascii").lower() if match else None


def parse_html(text: str) -> ParsedDocument:
    """Read a page. Libxml2 mends what is broken and gives up on what is nested too deeply."""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    root = etree.fromstring(text.encode(), parser) if text.strip() else None
    if root is None:
        return ParsedDocument(())
    outline = Outline()
    reader = _Reader(outline)
    blocks = tuple(reader.read(root))
    title = " ".join((root.findtext(".//title") or "").split())
    return ParsedDocument(blocks, outline.title or title or None)


class _Reader:
    """Walks the tree without recursion, gathering the words of one block at a time."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._words: list[str] = []

    def read(self, root: etree._Element) -> Iterator[Block]:
        """Yield the blocks in order."""
        # Entered elements wait with a flag that says whether their inside has been read.
        todo: list[tuple[etree._Element, bool]] = [(root, False)]
        while todo:
            element, read = todo.pop()
            tag = _tag(element)
            if read:
                yield from self._leave(tag)
            elif _left_out(element):
                pass
            elif whole := self._whole(element, tag):
                yield from self._flush()
                yield from whole
            else:
                yield from self._enter(element, tag)
                todo.append((element, True))
                todo.extend((child, False) for child in reversed(element))
                continue
            self._words.append(element.tail or "" if element is not root else "")
        yield from self._flush()

    def _enter(self, element: etree._Element, tag: str) -> Iterator[Block]:
        if tag in _OWN_BLOCKS or tag in _HEADINGS:
            yield from self._flush()
        if tag == "li":
            self._words.append("- ")
        elif tag == "br":
            self._words.append("\n")
        self._words.append(_spaced(element.text))

    def _leave(self, tag: str) -> Iterator[Block]:
        if tag in _HEADINGS:
            heading = " ".join("".join(self._words).split())
            self._words = []
            self._outline.enter(_HEADINGS[tag], heading)
        elif tag in _OWN_BLOCKS:
            yield from self._flush()

    def _whole(self, element: etree._Element, tag: str) -> list[Block]:
        """Return what is not read word by word: preformatted text, and tables that are tables."""
        if tag == "pre" and (code := "".join(_texts(element)).strip("\n")).strip():
            return [Block(BlockKind.CODE, code, self._outline.path)]
        if tag == "table" and (rows := _rows(element)):
            return [Block(BlockKind.TABLE, rows, self._outline.path)]
        return []

    def _flush(self) -> Iterator[Block]:
        lines = (" ".join(line.split()) for line in "".join(self._words).split("\n"))
        text = "\n".join(line for line in lines if line and line != "-")
        self._words = []
        if text:
            yield Block(BlockKind.TEXT, text, self._outline.path)


def _tag(element: etree._Element) -> str:
    return element.tag.lower() if isinstance(element.tag, str) else ""


def _left_out(element: etree._Element) -> bool:
    """Tell whether a reader of the page would not see it; what is hidden could only talk to the model."""
    hidden = "hidden" in element.attrib or element.get("aria-hidden") == "true"
    return _tag(element) in _LEFT_OUT or hidden or bool(_HIDDEN.search(element.get("style") or ""))


def _spaced(text: str | None) -> str:
    return (text or "").replace("\n", " ")


def _texts(element: etree._Element) -> Iterator[str]:
    """Yield the visible words inside `element`."""
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start" and not _inside_hidden(node, element):
            yield node.text or ""
            if _tag(node) == "br":
                yield "\n"
        elif event == "end" and node is not element and not _inside_hidden(node.getparent(), element):
            yield node.tail or ""


def _inside_hidden(node: etree._Element | None, top: etree._Element) -> bool:
    while node is not None and node is not top:
        if _left_out(node):
            return True
        node = node.getparent()
    return False


def _rows(table: etree._Element) -> str:
    """Return a row per line; nothing for a table that only lays out a page: nested, or of one column."""
    if table.find(".//table") is not None or table.find(".//h1") is not None or table.find(".//h2") is not None:
        return ""
    cells = _cells(table)
    return "\n".join(table_lines(cells)) if len({cell.column for cell in cells}) > 1 else ""


def _cells(table: etree._Element) -> list[Cell]:
    """Return the cells, each in the first column that those above it leave free."""
    cells: list[Cell] = []
    taken: dict[int, int] = {}  # column to the first row in which it is free again
    for number, row in enumerate(table.iter("tr")):
        column = 0
        for cell in (cell for cell in row if _tag(cell) in ("td", "th")):
            while taken.get(column, 0) > number:
                column += 1
            text = " ".join("".join(_texts(cell)).split())
            found = Cell(number, column, text, _span(cell, "rowspan"), _span(cell, "colspan"))
            cells.append(found)
            taken.update(dict.fromkeys(range(column, column + found.columns), number + found.rows))
            column += found.columns
    last = max((cell.row for cell in cells), default=0)
    return [replace(cell, rows=min(cell.rows, last - cell.row + 1)) for cell in cells]


def _span(cell: etree._Element, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(max(int(value), 1), _WIDEST) if value.isdecimal() and len(value) < _LONGEST_NUMBER else 1
